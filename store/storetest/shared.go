package storetest

import (
	"context"
	"sync"
	"testing"
)

var shared struct {
	sync.Mutex
	server *Server
}

// Shared is the server of all tests of a package, whose TestMain calls Main. The first that asks
// starts it.
func Shared() (*Server, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		return shared.server, nil
	}
	var err error
	shared.server, err = Start(context.Background(), "max_connections=500")
	return shared.server, err
}

// Main runs the tests of a package, and then stops the server that they have shared.
func Main(m *testing.M) int {
	defer StopShared()
	return m.Run()
}

// StopShared stops the server that tests have shared, if any has asked for it.
func StopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.Stop()
		shared.server = nil
	}
}

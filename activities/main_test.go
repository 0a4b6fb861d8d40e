package activities

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/storetest"
)

// besides is how many tests run at a time, unless -parallel says otherwise: most of their time they wait, for a lease to run
// out or for a request that hangs.
const besides = "16"

// postgres is the server of all tests of this package that need one; the first of them starts it.
var postgres struct {
	sync.Mutex
	server *storetest.Server
}

// insteadOfTests makes this program something else than the tests of this package, and reports whether it did.
var insteadOfTests = func() bool { return false }

func TestMain(m *testing.M) {
	if insteadOfTests() {
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", besides); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if postgres.server != nil {
		postgres.server.Stop()
	}
	return code
}

// newDatabase makes an empty PostgreSQL database and gives its URL.
func newDatabase(t *testing.T) string {
	t.Helper()
	postgres.Lock()
	defer postgres.Unlock()
	if postgres.server == nil {
		server, err := storetest.Start(context.Background(), "max_connections=500")
		require.NoError(t, err)
		postgres.server = server
	}
	url, err := postgres.server.NewDatabase(t.Context())
	require.NoError(t, err)
	return url
}

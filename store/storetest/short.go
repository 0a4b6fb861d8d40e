package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Wanted reports whether tests use PostgreSQL. With -short they do so under the race detector
// alone: to start a server and to make its databases takes longer than all their other work.
func Wanted() bool { return !testing.Short() || raceDetector }

// Need leaves a test out for which PostgreSQL is needed and not Wanted.
func Need(t testing.TB) {
	t.Helper()
	if !Wanted() {
		t.Skip("-short leaves PostgreSQL to the whole run")
	}
}

// Database makes an empty database for a test on the server that tests share, and gives its URL. It
// leaves the test out where PostgreSQL is not Wanted.
func Database(t testing.TB) string {
	t.Helper()
	Need(t)
	server, err := Shared()
	require.NoError(t, err)
	url, err := server.NewDatabase(t.Context())
	require.NoError(t, err)
	return url
}

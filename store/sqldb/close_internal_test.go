package sqldb

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestADatabaseMayBeClosedTwice: whoever closes what has failed need not know who else does.
func TestADatabaseMayBeClosedTwice(t *testing.T) {
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), schema, Options{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	again := make(chan error, 1)
	go func() { again <- db.Close() }()
	select {
	case err := <-again:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("the second one waits for ever")
	}
}

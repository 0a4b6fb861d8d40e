package activities

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
)

// newStoreFile is what the file of a new store on SQLite holds.
var newStoreFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	path := filepath.Join(folder, "store.db")
	kept, err := store.Open(context.Background(), "sqlite:"+path)
	if err != nil {
		return nil, err
	}
	if err := kept.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// NewStore gives the path of a store on SQLite that holds nothing yet.
func NewStore(t *testing.T) string {
	t.Helper()
	file, err := newStoreFile()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "store.db")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path
}

package receive_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/receive"
	"audienceflow/store"
	"audienceflow/store/storetest"
)

// TestNoAnswerGoesAheadOfTheCommit: a sender that has got its 202 does not send again, so what was
// answered so is there for another process at that moment, whatever happens to this one. While
// nobody can commit, nobody gets a 202.
func TestNoAnswerGoesAheadOfTheCommit(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		answersAfterCommit(t, "sqlite:"+path, "sqlite", path, "BEGIN IMMEDIATE")
	})
	t.Run("postgres", func(t *testing.T) {
		url := storetest.Database(t)
		answersAfterCommit(t, url, "pgx", url, "BEGIN; LOCK TABLE inbox, unreadable IN EXCLUSIVE MODE")
	})
}

func answersAfterCommit(t *testing.T, url, driver, dsn, lock string) {
	t.Helper()
	kept, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	f := newFront(t, &memory{}, func(o *receive.Options) {
		o.Inbox, o.SweepEvery, o.AnswerTime = kept, time.Hour, 100*time.Millisecond
	})
	patient := newFront(t, &memory{}, func(o *receive.Options) { o.Inbox, o.SweepEvery = kept, time.Hour })

	other, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	holder, err := other.Conn(t.Context())
	require.NoError(t, err)
	_, err = holder.ExecContext(t.Context(), lock)
	require.NoError(t, err)
	code, _ := f.post(profileOf("aaaaaaaa"))
	_, err = holder.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, holder.Close())
	require.Equal(t, http.StatusServiceUnavailable, code, "an answer came before anything could be kept")

	for _, start := range []string{"bbbbbbbb", "cccccccc", "dddddddd"} {
		code, _ := patient.post(profileOf(start))
		var rows int
		counted := other.QueryRowContext(t.Context(), "SELECT count(*) FROM inbox WHERE record LIKE '%"+start+"%'").Scan(&rows)
		require.NoError(t, counted)
		require.Equal(t, http.StatusAccepted, code)
		require.Equal(t, 1, rows, "it was answered, and is not there")
	}
}

// profileOf is a body with a contact whose id begins so.
func profileOf(start string) []byte {
	return []byte(strings.ReplaceAll(string(shaped(shapes["batch"])), guid[:8], start))
}

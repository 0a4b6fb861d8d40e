package store_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// copies are databases whose tests are over, emptied for others: to make one takes PostgreSQL far
// longer than most tests take.
var copies struct {
	sync.Mutex
	urls []string
}

// copyOnPostgres gives a store that holds nothing yet.
func copyOnPostgres(t *testing.T) string {
	t.Helper()
	url := usedCopy()
	if url == "" {
		var err error
		url, err = server.CopyDatabase(t.Context(), template.postgres)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			return // whoever holds something of it may still do so
		}
		require.NoError(t, emptyAgain(url))
		copies.Lock()
		defer copies.Unlock()
		copies.urls = append(copies.urls, url)
	})
	return url
}

func usedCopy() string {
	copies.Lock()
	defer copies.Unlock()
	if len(copies.urls) == 0 {
		return ""
	}
	last := len(copies.urls) - 1
	url := copies.urls[last]
	copies.urls = copies.urls[:last]
	return url
}

// emptyAgain makes a store as it was when it was new: all tables are empty but the one of the
// schema's version, and the one of the store's id.
func emptyAgain(url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	const empty = `DO $$ DECLARE used regclass; BEGIN
		SET LOCAL lock_timeout = '1min'; -- whoever holds something forgot to close it
		FOR used IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			AND relname NOT IN ('goose_db_version', 'store_info') AND pg_relation_size(oid) > 0 LOOP
			EXECUTE format('TRUNCATE %s', used);
		END LOOP;
		DELETE FROM store_info WHERE name <> 'id' AND name NOT LIKE 'usable_from:%';
	END $$`
	_, err = db.ExecContext(context.Background(), empty)
	return err
}

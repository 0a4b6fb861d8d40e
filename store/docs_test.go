package store_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocumentedQueries runs every query of docs/store.md as it stands there.
func TestDocumentedQueries(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/store.md")
	require.NoError(t, err)
	blocks := strings.Split(string(page), "```sql\n")[1:]
	require.NotEmpty(t, blocks)
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1))
		ready(t, s, "RUN", dynamics, row(contact(1), day(1), day(9), `{"firstname":"Ann","emailaddress1":null}`))
		send(t, s, "RUN", vip, dynamics)
		db, _ := database(t, url)
		for _, block := range blocks {
			query, _, _ := strings.Cut(block, "```")
			requireQuery(t, db, query)
		}
		var values, nulls int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*), count(*) - count(value) FROM exported_values WHERE as_of = 1773057600000000`).Scan(&values, &nulls))
		require.Equal(t, [2]int{2, 1}, [2]int{values, nulls})
	})
}

// requireQuery reads a query to its end.
func requireQuery(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		continue
	}
	require.NoError(t, rows.Err(), query)
}

// database opens a store's database as an operator would.
func database(t *testing.T, url string) (db *sql.DB, driver string) {
	t.Helper()
	driver, name := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, name = "sqlite", path
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, driver
}

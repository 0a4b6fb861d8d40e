package storetest

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/sqldb"
)

// Plan is how both databases have to go about a statement: by which index, by EXPLAIN's words.
// Neither may go through a table, or through more of a key than it must: with a million contacts
// that costs a factor of fifty.
type Plan struct {
	Statement  sqldb.Statement
	SQLite     []string // parts of EXPLAIN QUERY PLAN
	Scans      []string // what may be gone through all the same, in the words of both
	Sorts      bool     // that it may sort
	PostgreSQL []string // parts of EXPLAIN
}

// Both is a statement that both databases have the same text of.
func Both(text string) sqldb.Statement { return sqldb.Statement{SQLite: text, PostgreSQL: text} }

// CheckPlans holds the statements to their plans, on an empty SQLite and an empty PostgreSQL with
// the given schema: where neither has statistics.
func CheckPlans(t *testing.T, schema fs.FS, plans map[string]Plan) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		db := open(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db"), schema)
		for name, p := range plans {
			t.Run(name, func(t *testing.T) { p.checkSQLite(t, db) })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		db := open(t, Database(t), schema)
		for name, p := range plans {
			t.Run(name, func(t *testing.T) { p.checkPostgreSQL(t, db) })
		}
	})
}

func (p Plan) checkSQLite(t *testing.T, db *sqldb.DB) {
	plan := explain(t, db, "EXPLAIN QUERY PLAN "+p.Statement.SQLite)
	for _, want := range p.SQLite {
		require.Contains(t, plan, want)
	}
	plan = p.without(plan)
	require.NotContains(t, plan, "AUTOMATIC")
	require.NotContains(t, plan, "SCAN ")
	if !p.Sorts {
		require.NotContains(t, plan, "FOR ORDER BY")
	}
}

func (p Plan) checkPostgreSQL(t *testing.T, db *sqldb.DB) {
	plan := explain(t, db, "EXPLAIN (COSTS OFF) "+p.Statement.PostgreSQL)
	for _, want := range p.PostgreSQL {
		require.Contains(t, plan, want)
	}
	plan = p.without(plan)
	for _, never := range []string{"Seq Scan", "Bitmap", "Hash Join", "Merge Join"} {
		require.NotContains(t, plan, never)
	}
}

// without gives a plan without what may be gone through.
func (p Plan) without(plan string) string {
	for _, scan := range p.Scans {
		plan = strings.ReplaceAll(plan, scan, "")
	}
	return plan
}

func open(t *testing.T, url string, schema fs.FS) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url, schema, sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// explain gives the steps of a statement, one a line. A list has one member.
func explain(t *testing.T, db *sqldb.DB, statement string) string {
	t.Helper()
	statement = strings.ReplaceAll(statement, sqldb.ListMark, "= ?")
	args := make([]any, strings.Count(statement, "?"))
	for i := range args {
		args[i] = "1"
	}
	if strings.Contains(statement, "unnest(?::text[])") {
		args[0] = []string{"1"}
	}
	var plan strings.Builder
	err := db.QueryEach(t.Context(), statement, args, func(rows *sql.Rows) error {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		var unused any
		var step string
		into := make([]any, len(columns))
		for i := range into {
			into[i] = &unused
		}
		into[len(into)-1] = &step // on both it is the last
		err = rows.Scan(into...)
		plan.WriteString(step + "\n")
		return err
	})
	require.NoError(t, err, statement)
	return plan.String()
}

package storetest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/sqldb"
)

// QueryPlan is how SQLite would go about a query.
func QueryPlan(t *testing.T, db *sqldb.DB, query string) string {
	t.Helper()
	query = strings.NewReplacer(sqldb.ListMark, "= ?", "FROM (*) c", "FROM (SELECT ? AS value) c").Replace(query)
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = "1"
	}
	if strings.Contains(query, "?4") {
		args = args[:4]
	}
	var plan strings.Builder
	err := db.QueryEach(t.Context(), "EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
		var id, parent, unused int64
		var detail string
		err := rows.Scan(&id, &parent, &unused, &detail)
		plan.WriteString(detail + "\n")
		return err
	})
	require.NoError(t, err)
	return plan.String()
}

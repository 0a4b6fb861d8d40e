package numbers

import (
	"os"
	"testing"

	"audienceflow/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// TestHotStatementsUseKeys: no statement on the way of the data may go through a table, or through
// more of a key than it must: with a million contacts that costs a factor of fifty.
func TestHotStatementsUseKeys(t *testing.T) {
	storetest.CheckPlans(t, os.DirFS("../migrations"), map[string]storetest.Plan{
		"batch numbers": {Statement: selectBatch,
			SQLite: []string{"b USING PRIMARY KEY (run=? AND batch=?)", "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}, PostgreSQL: []string{"using batches_pkey on batches b", "using outcomes_pkey on outcomes o", "(page = b.page)"}},
	})
}

package store

import (
	"os"
	"testing"

	"audienceflow/store/storetest"
)

// TestHotStatementsUseKeys: no statement on the way of the data may go through a table, or through
// more of a key than it must: with a million contacts that costs a factor of fifty.
func TestHotStatementsUseKeys(t *testing.T) {
	t.Parallel()
	storetest.CheckPlans(t, os.DirFS("migrations"), map[string]storetest.Plan{
		"cut": {Statement: storetest.Both(unbatchedPages),
			SQLite: []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=?", "batches_page (run=? AND page=?)"}, PostgreSQL: []string{"using outcomes_pkey on outcomes o", "using batches_page on batches b", "(page = o.page)"}},
		"in flight": {Statement: storetest.Both(inFlightOfBatch),
			SQLite: []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=? AND run=? AND batch=?)"}, PostgreSQL: []string{"using in_flight_pkey on in_flight"}},
		"in flight of a column": {Statement: storetest.Both(inFlightOfColumn),
			SQLite: []string{"f USING COVERING INDEX sqlite_autoindex_in_flight_1 (destination=?)", "r USING INDEX sqlite_autoindex_runs_1 (run=?)"}, PostgreSQL: []string{"using in_flight_pkey on in_flight f", "using runs_pkey on runs r"}},
		"flying": {Statement: storetest.Both(inFlightElsewhere),
			SQLite: []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=?)"}, PostgreSQL: []string{"using in_flight_pkey on in_flight"}},
		"open": {Statement: storetest.Both(openOfDestination), Scans: []string{"SCAN b USING"}, // the index of open batches
			SQLite: []string{"batches_sending"}, PostgreSQL: []string{"using batches_sending on batches b", "using runs_pkey on runs r"}},
	})
}

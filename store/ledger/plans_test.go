package ledger

import (
	"os"
	"testing"

	"audienceflow/store/storetest"
)

func TestStatementsUseKeys(t *testing.T) {
	const (
		byKey  = "ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND "
		newest = "m USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact<?)"
		pkey   = "using ledger_leaves_pkey on ledger_leaves"
	)
	storetest.CheckPlans(t, os.DirFS("../migrations"), map[string]storetest.Plan{
		"leaves between": {Statement: storetest.Both(leavesBetween),
			SQLite: []string{byKey + "first_contact>? AND first_contact<?)", newest}, PostgreSQL: []string{pkey}},
		"many between": {Statement: storetest.Both(manyBetween), Scans: []string{"SCAN few\n"}, // counts in memory
			SQLite:     []string{"ledger_leaves USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>? AND first_contact<?)"},
			PostgreSQL: []string{pkey}},
		"leaves after": {Statement: storetest.Both(leavesAfter), SQLite: []string{byKey + "first_contact>?)", newest}, PostgreSQL: []string{pkey}},
		"leaves of": {Statement: leavesOf, Scans: []string{"SCAN c VIRTUAL TABLE"}, // goes through the list that it is given
			SQLite:     []string{"p USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact=?)", newest},
			PostgreSQL: []string{pkey + " p"}},
		"forget": {Statement: storetest.Both(forgetRange), SQLite: []string{byKey + "first_contact<?)"}, PostgreSQL: []string{pkey}},
	})
}

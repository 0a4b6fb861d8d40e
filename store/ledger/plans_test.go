package ledger

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/storetest"
)

// TestStatementsUseKeys: no statement may go through a ledger, or through more of its key than it must.
func TestStatementsUseKeys(t *testing.T) {
	db := openDatabase(t)
	const newestLeaf = "m USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact<?)"
	for name, q := range map[string]struct {
		text string
		want []string
	}{
		"leaves between": {leavesBetween, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>? AND first_contact<?)", newestLeaf}},
		"many between":   {manyBetween, []string{"ledger_leaves USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>? AND first_contact<?)"}},
		"leaves after":   {leavesAfter, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>?)", newestLeaf}},
		"leaves of":      {leavesOf, []string{"p USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact=?)", newestLeaf}},
		"forget":         {forgetRange, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact<?)"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := storetest.QueryPlan(t, db, q.text)
			for _, want := range q.want {
				require.Contains(t, plan, want)
			}
			require.NotContains(t, plan, "AUTOMATIC")
			if name == "leaves of" { // goes through the list that it is given
				plan = strings.NewReplacer("SCAN CONSTANT ROW", "", "SCAN c\n", "").Replace(plan)
			}
			if name == "many between" { // counts in memory
				plan = strings.ReplaceAll(plan, "SCAN few\n", "")
			}
			require.NotContains(t, plan, "SCAN ")
			require.NotContains(t, plan, "FOR ORDER BY")
		})
	}
}

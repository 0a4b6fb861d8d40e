package store

import (
	"audienceflow/store/sqldb"
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHotStatementsUseKeys: no statement on the way of the data may go through a table, or through more of a key than it must: with
// a million contacts that costs a factor of fifty.
func TestHotStatementsUseKeys(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	const (
		outcome = "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>?)"
		rows    = "s USING INDEX sqlite_autoindex_staged_1 (run=? AND page=?)"

		newestLeaf = "m USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact<?)"
	)
	for name, q := range map[string]struct {
		text string
		want []string
	}{
		"plan":            {undecidedPages, []string{outcome, rows}},
		"unread":          {unreadPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}},
		"preview":         {previewPages, []string{outcome, rows}},
		"page":            {onePage, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)", rows}},
		"cut":             {uncutPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=?", "batches_page (run=? AND page=?)"}},
		"batch numbers":   {selectBatch, []string{"b USING PRIMARY KEY (run=? AND batch=?)", "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}},
		"pages":           {nextPage, []string{outcome, rows}},
		"activated":       {activatedPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}},
		"pages between":   {pageNumbersBetween, []string{"staged_contacts (run=? AND last_contact>?)"}},
		"outcomes":        {setOutcomes, []string{"outcomes USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}},
		"leaves between":  {leavesBetween, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>? AND first_contact<?)", newestLeaf}},
		"many between":    {manyBetween, []string{"ledger_leaves USING COVERING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>? AND first_contact<?)"}},
		"leaves after":    {leavesAfter, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact>?)", newestLeaf}},
		"leaves of":       {one(leavesOf), []string{"p USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact=?)", newestLeaf}},
		"forget":          {forgetRange, []string{"ledger_leaves USING INDEX sqlite_autoindex_ledger_leaves_1 (destination=? AND ledger=? AND first_contact<?)"}},
		"in flight":       {flyingOfBatch, []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=? AND run=? AND batch=?)"}},
		"flying":          {flyingElsewhere, []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=?)"}},
		"reasons":         {reasonsOfBatch, []string{"rejected_page (run=? AND page=?)"}},
		"kept of a page":  {keptOfPage, []string{"rejected_page (run=? AND page=?)"}},
		"kept":            {keptAfter, []string{"rejected_contact (run=? AND contact>?)"}},
		"blocks":          {nextBlock, []string{"staged_blocks USING INDEX sqlite_autoindex_staged_blocks_1 (run=? AND segment=? AND block>?)"}},
		"rejected of":     {one(rejectedOf), []string{"rejected_contact (run=? AND contact=?)"}},
		"settle position": {settlePosition, []string{"rejected USING PRIMARY KEY (run=? AND position=?)"}},
		"rejected":        {selectRejected, []string{"rejected USING PRIMARY KEY (run=? AND (position,contact)>(?,?))"}},
		"open":            {openOfDestination, []string{"batches_sending"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := queryPlan(t.Context(), t, s, q.text)
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
			require.NotContains(t, strings.ReplaceAll(plan, "SCAN b USING", ""), "SCAN ", "the one index that may be gone through is that of open batches")
			require.NotContains(t, plan, "FOR ORDER BY")
		})
	}
}

func one(query string) string {
	return strings.NewReplacer(sqldb.ListMark, "= ?", "FROM (*) c", "FROM (SELECT ? AS value) c").Replace(query)
}

func queryPlan(ctx context.Context, t *testing.T, s *Store, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = "1"
	}
	if strings.Contains(query, "?4") {
		args = args[:4]
	}
	var plan strings.Builder
	err := s.db.QueryEach(ctx, "EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
		var id, parent, unused int64
		var detail string
		err := rows.Scan(&id, &parent, &unused, &detail)
		plan.WriteString(detail + "\n")
		return err
	})
	require.NoError(t, err)
	return plan.String()
}

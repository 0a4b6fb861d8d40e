package staging

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/sqldb"
	"audienceflow/store/storetest"
)

// TestHotStatementsUseKeys: no statement on the way of the data may go through a table, or through more of a key than it must: with
// a million contacts that costs a factor of fifty.
func TestHotStatementsUseKeys(t *testing.T) {
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), os.DirFS("../migrations"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	const (
		outcome = "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>?)"
		rows    = "s USING INDEX sqlite_autoindex_staged_1 (run=? AND page=?)"
	)
	for name, q := range map[string]struct {
		text string
		want []string
	}{
		"plan":            {undecidedPages, []string{outcome, rows}},
		"unread":          {unreadPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}},
		"preview":         {pendingPages, []string{outcome, rows}},
		"page":            {onePage, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)", rows}},
		"pages":           {nextPages, []string{outcome, rows}},
		"activated":       {activatedPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page>? AND page<?)", rows}},
		"pages between":   {pageNumbersBetween, []string{"staged_contacts (run=? AND last_contact>?)"}},
		"outcomes":        {setOutcomes, []string{"outcomes USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}},
		"reasons":         {reasonsOfBatch, []string{"rejected_page (run=? AND page=?)"}},
		"kept of a page":  {keptOfPage, []string{"rejected_page (run=? AND page=?)"}},
		"kept":            {keptAfter, []string{"rejected_contact (run=? AND contact>?)"}},
		"blocks":          {nextBlock, []string{"staged_blocks USING INDEX sqlite_autoindex_staged_blocks_1 (run=? AND segment=? AND block>?)"}},
		"rejected of":     {rejectedOf, []string{"rejected_contact (run=? AND contact=?)"}},
		"settle position": {settlePosition, []string{"rejected USING PRIMARY KEY (run=? AND position=?)"}},
		"rejected":        {selectRejected, []string{"rejected USING PRIMARY KEY (run=? AND (position,contact)>(?,?))"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := storetest.QueryPlan(t, db, q.text)
			for _, want := range q.want {
				require.Contains(t, plan, want)
			}
			require.NotContains(t, plan, "AUTOMATIC")
			require.NotContains(t, plan, "SCAN ")
			require.NotContains(t, plan, "FOR ORDER BY")
		})
	}
}

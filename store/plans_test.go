package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store/storetest"
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
	)
	for name, q := range map[string]struct {
		text string
		want []string
	}{
		"cut":           {uncutPages, []string{"o USING INDEX sqlite_autoindex_outcomes_1 (run=?", "batches_page (run=? AND page=?)"}},
		"batch numbers": {selectBatch, []string{"b USING PRIMARY KEY (run=? AND batch=?)", "o USING INDEX sqlite_autoindex_outcomes_1 (run=? AND page=?)"}},
		"in flight":     {flyingOfBatch, []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=? AND run=? AND batch=?)"}},
		"flying":        {flyingElsewhere, []string{"in_flight USING INDEX sqlite_autoindex_in_flight_1 (destination=?)"}},
		"open":          {openOfDestination, []string{"batches_sending"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := storetest.QueryPlan(t, s.db, q.text)
			for _, want := range q.want {
				require.Contains(t, plan, want)
			}
			require.NotContains(t, plan, "AUTOMATIC")
			require.NotContains(t, strings.ReplaceAll(plan, "SCAN b USING", ""), "SCAN ", "the one index that may be gone through is that of open batches")
			require.NotContains(t, plan, "FOR ORDER BY")
		})
	}
}

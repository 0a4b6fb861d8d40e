package store

import (
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
	defer s.Close()
	const staged = "s USING PRIMARY KEY (run=? AND contact>"
	for name, q := range map[string]struct {
		text string
		want []string
	}{
		"plan":        {planSubjects, []string{staged, "e USING PRIMARY KEY (destination=? AND column_name=? AND contact=?)", "v USING PRIMARY KEY (destination=? AND contact=?)", "f USING PRIMARY KEY (destination=? AND contact=?)"}},
		"undecided":   {firstUndecided, []string{"staged USING PRIMARY KEY (run=?)"}},
		"read":        {readSubjects, []string{staged}},
		"take":        {takeSubjects, []string{staged, "f USING PRIMARY KEY (destination=? AND contact=?)"}},
		"preview":     {previewSubjects, []string{"s USING PRIMARY KEY (run=?)"}},
		"to read":     {toRead, []string{"staged USING PRIMARY KEY (run=? AND contact>?)"}},
		"outcomes":    {setOutcomeRange, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"outcome":     {one(setOutcomeBatch), []string{"staged USING PRIMARY KEY (run=? AND contact=?)"}},
		"pending":     {setPending.single, []string{"staged USING PRIMARY KEY (run=? AND contact=?)"}},
		"date status": {one(dateStatus), []string{"USING PRIMARY KEY (destination=? AND column_name=? AND contact=?)"}},
		"date values": {one(dateValues), []string{"USING PRIMARY KEY (destination=? AND contact=?)"}},
		"land":        {one(landContacts), []string{"in_flight USING PRIMARY KEY (destination=? AND contact=?)"}},
		"land all":    {landAll, []string{"in_flight USING PRIMARY KEY (destination=? AND contact>? AND contact<?)"}},
		"in flight":   {inFlightOf, []string{"in_flight USING PRIMARY KEY (destination=? AND contact>? AND contact<?)"}},
		"activate":    {activateFlying, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)", "f USING PRIMARY KEY (destination=? AND contact=?)"}},
		"all of it":   {activateRange, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"pending in":  {pendingInRange, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"purge all":   {purgeAll, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"kept":        {keptRow, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"flying":      {flyingRow, []string{"in_flight USING PRIMARY KEY (destination=? AND contact>? AND contact<?)"}},
		"batch":       {countBatch, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"blocks":      {nextBlock, []string{"staged_blocks USING INDEX sqlite_autoindex_staged_blocks_1 (run=? AND segment=? AND block>?)"}},
		"absent":      {stageAbsent, []string{"e USING PRIMARY KEY (destination=? AND column_name=? AND contact>? AND contact<?)", "s USING PRIMARY KEY (run=? AND contact=?)", "rejected_contact (run=? AND contact=?)"}},
		"purge":       {purgeRows, []string{"staged USING PRIMARY KEY (run=? AND contact>? AND contact<?)"}},
		"exported":    {exportedAfter, []string{"e USING PRIMARY KEY (destination=? AND column_name=? AND contact>?)", "v USING PRIMARY KEY (destination=? AND contact=?)"}},
		"of run":      {exportedOfRun, []string{staged, "e USING PRIMARY KEY (destination=? AND column_name=? AND contact=?)"}},
		"turning":     {guardTurning, []string{"s USING PRIMARY KEY (run=?)", "e USING PRIMARY KEY (destination=? AND column_name=? AND contact=?)"}},
		"rejected":    {selectRejected, []string{"rejected USING PRIMARY KEY (run=? AND (position,contact)>(?,?))"}},
		"failed":      {failedRows, []string{"rejected_contact (run=? AND contact>?)", "s USING PRIMARY KEY (run=? AND contact=?)"}},
		"open":        {openOfDestination, []string{"batches_sending"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := queryPlan(t.Context(), t, s, q.text)
			for _, want := range q.want {
				require.Contains(t, plan, want)
			}
			require.NotContains(t, plan, "AUTOMATIC")
			require.NotContains(t, strings.ReplaceAll(plan, "SCAN b USING", ""), "SCAN ", "the one index that may be gone through is that of open batches")
			require.NotContains(t, plan, "FOR ORDER BY")
		})
	}
}

func one(query string) string { return strings.Replace(query, listMark, "= ?", 1) }

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
	err := s.readEach(ctx, "EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
		var id, parent, unused int64
		var detail string
		err := rows.Scan(&id, &parent, &unused, &detail)
		plan.WriteString(detail + "\n")
		return err
	})
	require.NoError(t, err)
	return plan.String()
}

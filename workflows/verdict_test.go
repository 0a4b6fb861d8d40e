package workflows_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/workflows"
)

// TestListsShowTheVerdict: of a run and of the validation that it asks for, each puts its own where lists show it.
func TestListsShowTheVerdict(t *testing.T) {
	for verdict, status := range map[string]string{
		runs.VerdictMatch: runs.StatusCompleted, runs.VerdictMismatch: runs.VerdictMismatch,
	} {
		t.Run(verdict, func(t *testing.T) {
			f := newFake(t, 1)
			f.verdict = verdict
			var mu sync.Mutex
			var memos []any
			statuses := map[string]int{}
			f.env.OnUpsertMemo(mock.MatchedBy(func(memo map[string]any) bool {
				mu.Lock()
				defer mu.Unlock()
				memos = append(memos, memo[workflows.MemoVerdict])
				return true
			})).Return(nil)
			f.env.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(set temporal.SearchAttributes) bool {
				mu.Lock()
				defer mu.Unlock()
				if status, ok := set.GetKeyword(workflows.SearchStatus); ok {
					statuses[status]++
				}
				return true
			})).Return(nil)
			in := input()
			in.SearchAttributes = true
			report, err := f.run(t, in)
			require.NoError(t, err)
			require.Equal(t, runs.StatusCompleted, report.Status)
			require.Contains(t, memos, any(verdict))
			require.NotZero(t, statuses[status], statuses)
			if verdict == runs.VerdictMatch {
				require.Zero(t, statuses[runs.VerdictMismatch])
			}
		})
	}
}

package workflows_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// TestListsShowTheVerdict: of a run and of the validation that it asks for, each puts its own where
// lists show it.
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
			require.Equal(t, verdict, report.Verdict, "the result in the history says so, too")
			require.Contains(t, memos, any(verdict))
			require.NotZero(t, statuses[status], statuses)
			if verdict == runs.VerdictMatch {
				require.Zero(t, statuses[runs.VerdictMismatch])
			}
		})
	}
}

// TestListsSayThatWhatACanceledRunHasWrittenIsUnproven: nobody reads it back any more.
func TestListsSayThatWhatACanceledRunHasWrittenIsUnproven(t *testing.T) {
	for name, c := range map[string]struct {
		at     string
		memo   []any
		unmaps bool
	}{
		"while it validates":       {"ReadBackContacts", []any{runs.VerdictUnproven}, false},
		"before its first write":   {"StageAudience", nil, false},
		"while it sends":           {"UpdateContacts", []any{runs.VerdictUnproven}, false},
		"an unmapping, as it ends": {"UpdateContacts", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, 2)
			f.trouble = func(step string) error {
				if step == c.at {
					f.env.CancelWorkflow()
				}
				return nil
			}
			f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
				if c.at == "UpdateContacts" {
					f.env.CancelWorkflow()
				}
				return all(), nil
			}
			var memos []any
			f.env.OnUpsertMemo(mock.MatchedBy(func(memo map[string]any) bool {
				memos = append(memos, memo[workflows.MemoVerdict])
				return true
			})).Return(nil)
			in := input()
			if c.unmaps {
				in.Kind = runs.KindUnmap
			}
			_, err := f.run(t, in)
			require.True(t, temporal.IsCanceledError(err), "%v", err)
			require.Equal(t, c.memo, memos)
		})
	}
}

package activities

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

func TestAnUnmappingLeavesInTheColumnWhatItsPolicySays(t *testing.T) {
	t.Parallel()
	for policy, want := range map[runs.UnmapPolicy]struct {
		word    string
		cleared int64
	}{"": {"", 3}, runs.UnmapClear: {"", 3}, runs.UnmapKeep: {"realized", 0}, "write: former ": {"former", 3}} {
		t.Run(string(policy), func(t *testing.T) {
			require.NoError(t, policy.Check())
			w := newWorld(t, 4)
			a := w.activation(w.everyone()...)
			w.activate("first", a)
			w.change(map[string]any{"contactid": w.ids[0], "acme_vip": "somebody's"})
			plan := w.planAs(ResolveColumnsInput{Run: "again", Kind: runs.KindUnmap, Rows: RowsExported, Policy: policy, Activation: a})
			for batch := 1; batch <= plan.Batches; batch++ {
				_, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: "again", Batch: batch})
				require.NoError(t, err)
			}
			out, err := do(w, w.records.RecordRun, RecordRunInput{Report: runs.Report{
				Run: "again", Kind: runs.KindUnmap, Destination: a.Destination, Column: "acme_vip", Audience: a.Audience,
				StoreID: w.options.Store.ID(), Status: runs.StatusCompleted, StartedAt: time.Now(),
			}})
			require.NoError(t, err)
			require.EqualValues(t, want.cleared, out.Numbers.Activated)
			require.EqualValues(t, 3-want.cleared, out.Numbers.Unchanged)
			require.EqualValues(t, 1, out.Numbers.Reasons[runs.ReasonChangedSince])
			require.Equal(t, []string{want.word, want.word, want.word}, w.words(w.ids[1:]))
			require.Equal(t, []string{"somebody's"}, w.words(w.ids[:1]))
			a.Audience = "another"
			w.planAs(ResolveColumnsInput{Run: "free", Kind: runs.KindPlan, Activation: a}) // the column is free
		})
	}
	for _, policy := range []runs.UnmapPolicy{"write:", "write: ", "erase", "Clear"} {
		require.ErrorContains(t, policy.Check(), "clear, keep or write:WORD", policy)
	}
}

// words are those that contacts hold in the status column.
func (w *world) words(ids []string) []string {
	w.t.Helper()
	response, err := w.web().Get(w.sim.URL + "/_simulator/contacts?select=contactid,acme_vip")
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	held := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		id, word, _ := strings.Cut(strings.TrimSpace(line), ",")
		held[id] = word
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = held[id]
	}
	return words
}

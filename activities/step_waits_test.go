package activities

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"audienceflow/store"
)

// TestAStepThatWaitsForADeadWorkersRowsSaysUntilWhen: nothing else tells that the rows are waited
// for.
func TestAStepThatWaitsForADeadWorkersRowsSaysUntilWhen(t *testing.T) {
	t.Parallel()
	const lease = 3 * time.Second
	w := newWorld(t, 5)
	w.plan(w.activation(w.everyone()...))
	settings, err := w.sending.runs.of(t.Context(), testRun)
	require.NoError(t, err)
	took := time.Now()
	_, err = w.options.Store.TakeBatch(t.Context(), store.BatchRef{Run: testRun, Batch: 1}, settings.policy(), lease) // and was killed
	require.NoError(t, err)

	var mu sync.Mutex
	var beats []StepProgress
	w.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p StepProgress
		if details.HasValues() {
			_ = details.Get(&p) // those of other steps are no progress
		}
		mu.Lock()
		defer mu.Unlock()
		beats = append(beats, p)
	})
	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 5, out.Activated)
	mu.Lock()
	defer mu.Unlock()
	require.NotEmpty(t, beats)
	waits := beats[0]
	require.WithinDuration(t, took.Add(lease), waits.Until, time.Second)
	require.Contains(t, waits.Waits("UpdateContacts", took), "UpdateContacts, waiting until "+waits.Until.In(took.Location()).Format("15:04:05"))
	require.Empty(t, waits.Waits("UpdateContacts", waits.Until), "it is over")
	w.writtenOnce(w.ids)
}

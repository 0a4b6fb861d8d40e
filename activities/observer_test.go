package activities

import (
	"bytes"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

// told keeps what an Observer is told.
type told struct {
	mu                sync.Mutex
	activated, failed int
	batches           []string
	decided           runs.Numbers
	ended             []string
}

func (o *told) note(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func (o *told) Sent(activated, failed int) {
	o.note(func() { o.activated += activated; o.failed += failed })
}
func (o *told) BatchEnded(result string, _ time.Duration) {
	o.note(func() { o.batches = append(o.batches, result) })
}
func (o *told) Decided(n runs.Numbers) { o.note(func() { o.decided = n }) }
func (o *told) RunEnded(kind, status string) {
	o.note(func() { o.ended = append(o.ended, kind+" "+status) })
}
func (o *told) Validated(string) {}

func TestWhatARunGetsDoneIsTold(t *testing.T) {
	w := newWorld(t, 120)
	seen := &told{}
	var lines bytes.Buffer
	w.log = log.NewStructuredLogger(slog.New(slog.NewTextHandler(&lines, nil)))
	w.options.Observer = seen
	w.connect()
	w.plan(w.activation(append(w.everyone(), "nobody,Nobody,realized")...))
	require.NoError(t, w.sim.Server.AddFault(simulator.Fault{Kind: "code", Match: "CRM.UpdateMultiple", Status: http.StatusServiceUnavailable,
		Code: "0x80071151", Count: 1}))
	_, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: testRun, Batch: 1})
	require.Error(t, err)
	require.Equal(t, []string{BatchFailed}, seen.batches)
	require.Contains(t, lines.String(), `msg="a batch has failed and is tried again"`)
	for _, field := range []string{"run=" + testRun, "destination=dynamics", "batch=1", "audience=vip", "requestId="} {
		require.Contains(t, lines.String(), field)
	}

	_, err = do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: testRun, Batch: 1})
	require.NoError(t, err)
	require.Equal(t, []string{BatchFailed, BatchDone}, seen.batches)
	require.Equal(t, 120, seen.activated)

	report := runs.Report{Run: testRun, Kind: runs.KindActivate, Status: runs.StatusCompleted, StoreID: w.options.Store.ID()}
	_, err = do(w, w.records.RecordRun, RecordRunInput{Report: report})
	require.NoError(t, err)
	require.EqualValues(t, 120, seen.decided.Activated)
	require.EqualValues(t, 1, seen.decided.Excluded)
	require.Equal(t, []string{"activate completed"}, seen.ended)
}

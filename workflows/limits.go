package workflows

import "go.temporal.io/sdk/workflow"

const (
	// batchWindow is how many batches are under way at once: enough to keep 52 requests of 250
	// contacts in flight, few enough that a pause has little to finish.
	batchWindow = 16
	// readWindow is how many slices are read at once; the destination's own limits are kept below.
	readWindow = 4
	// sliceSize is about how many contacts one ReadContacts or ReadBackContacts handles.
	sliceSize = 20_000
	// maxSlices keeps the events of reading far below the hand-over.
	maxSlices = 400

	// handOverEvents and handOverBytes are where a run continues as new: well before the server
	// suggests it at 4,096 events or 4 MiB, since the window still has to come in.
	handOverEvents = 3_500
	handOverBytes  = 3_500 << 10
	// streamHandOver is a stream's: it hands over between micro-batches, each of up to 200 batches
	// of at most 6 events.
	streamHandOver = 2_500
)

// slicesFor is the number of slices that n contacts are read in.
func slicesFor(n int64) int {
	return int(min(max((n+sliceSize-1)/sliceSize, 1), maxSlices))
}

// historyFull reports whether the run should continue as new. Events below limit are tests' way to
// see it happen early.
func historyFull(ctx workflow.Context, limit int) bool {
	info := workflow.GetInfo(ctx)
	return info.GetCurrentHistoryLength() >= limit || info.GetCurrentHistorySize() >= handOverBytes || info.GetContinueAsNewSuggested()
}

// window calls do for each number from 1 to n, at most size of them at once, and returns the first
// error after all that was started has ended.
func window(ctx workflow.Context, n, size int, do func(workflow.Context, int) error) error {
	var failed error
	started, ended := 0, 0
	for started < n && failed == nil {
		if err := workflow.Await(ctx, func() bool { return failed != nil || started-ended < size }); err != nil {
			failed = err
		}
		if failed != nil {
			break
		}
		started++
		number := started
		workflow.Go(ctx, func(ctx workflow.Context) {
			if err := do(ctx, number); err != nil && failed == nil {
				failed = err
			}
			ended++
		})
	}
	apart, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := workflow.Await(apart, func() bool { return ended == started }); err != nil {
		return err
	}
	return failed
}

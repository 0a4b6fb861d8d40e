package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"audienceflow/workflows"
)

// drawOrder has an operator pause a run, a stream or a destination, and resume it.
func drawOrder(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, length := w.somewhere(r).name, seconds(r, 0.5, 4)
	args := [][]string{
		{workflows.ActivateID(p, "vip")}, {workflows.ActivateID(p, "gold")}, {workflows.StreamID(p, "gold")}, {"--destination", p},
	}[r.IntN(4)]
	return fmt.Sprintf("an operator pauses %v for %s", args, length.Round(time.Millisecond)), func(ctx context.Context) {
		if !w.operator.TryLock() {
			return
		}
		defer w.operator.Unlock()
		paused := w.starter(ctx, append([]string{"pause"}, args...)...)
		w.timeline.note("pause %v: exit %d: %s", args, paused.code, paused.said())
		pause(ctx, length)
		for ctx.Err() == nil {
			resumed := w.starter(ctx, append([]string{"resume"}, args...)...)
			w.timeline.note("resume %v: exit %d: %s", args, resumed.code, resumed.said())
			if resumed.code == 0 || args[0] != "--destination" && w.over(ctx, args[0]) {
				return
			}
			pause(ctx, time.Second)
		}
	}
}

// over reports whether nothing runs under a workflow id.
func (w *world) over(ctx context.Context, id string) bool {
	described, err := w.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return isNotFound(err)
	}
	return described.GetWorkflowExecutionInfo().GetCloseTime().IsValid()
}

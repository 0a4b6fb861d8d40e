package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// TestTheTimeLeftIsReckonedByTheTimeOfSending: ten rows a second are sent, whatever was before.
func TestTheTimeLeftIsReckonedByTheTimeOfSending(t *testing.T) {
	const perSecond, batches = 10, 4000
	order := workflows.Order{By: "ann"}
	signal := func(f *fake, s workflows.Signal) func() { return func() { f.env.SignalWorkflow(s.Name, order) } }
	for name, c := range map[string]struct {
		in      func(*workflows.ActivateInput)
		happens func(f *fake)
		from    time.Duration // of the looks
	}{
		"from the first on": {from: 3 * time.Second},
		"after a pause": {happens: func(f *fake) {
			f.after(10*time.Second, signal(f, workflows.Pause))
			f.after(time.Hour, signal(f, workflows.Resume))
		}, from: time.Hour + 3*time.Second},
		"continued as new": {in: func(in *workflows.ActivateInput) {
			in.State = &workflows.ActivateState{
				Report: runs.Report{Batches: batches, Status: runs.StatusRunning, Numbers: runs.Numbers{Received: 80_000, Activated: 40_000, Pending: 40_000}},
				Next:   1, ToSend: 80_000, SendFrom: time.Now().Add(-20 * time.Hour),
			}
		}, from: 3 * time.Second},
		"after it was slow": {happens: func(f *fake) {
			update, began := f.update, f.env.Now()
			f.update = func(ctx context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
				if at := f.env.Now().Sub(began); at > 5*time.Second && at < time.Hour && in.Batch%2 == 0 {
					return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
						temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour - at})
				}
				return update(ctx, in)
			}
		}, from: time.Hour + 3*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, batches)
			f.env.SetTestTimeout(time.Minute)
			steady(f, perSecond)
			in := input()
			in.HandOverEvents = 1 << 20
			if c.in != nil {
				c.in(&in)
			}
			if c.happens != nil {
				c.happens(f)
			}
			looked := 0
			for at := range 10 {
				f.after(c.from+time.Duration(at)*time.Second, func() {
					r := f.report(t)
					require.NotNil(t, r.Progress)
					require.InEpsilon(t, perSecond, r.Progress.PerSecond, 0.5)
					require.InEpsilon(t, float64(r.Pending)/perSecond, r.Progress.SecondsLeft, 0.6)
					looked++
				})
			}
			f.after(c.from+11*time.Second, func() { f.env.CancelWorkflow() })
			_, err := f.run(t, in)
			require.True(t, temporal.IsCanceledError(err))
			require.Equal(t, 10, looked)
		})
	}
}

// steady sends so many rows a second, batch after batch.
func steady(f *fake, perSecond int) {
	each := time.Second * batchRows / time.Duration(perSecond)
	turn, due := f.env.Now(), map[int]time.Time{}
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if now := f.env.Now(); now.Sub(due[in.Batch]) > each {
			if turn.Before(now) {
				turn = now
			}
			turn = turn.Add(each)
			due[in.Batch] = turn
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("later", "later",
				temporal.ApplicationErrorOptions{NextRetryDelay: turn.Sub(now)})
		}
		return all(), nil
	}
}

package workflows_test

import (
	"cmp"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// inbox stands in for the store and Dynamics: events that are drained ten at a time.
type inbox struct {
	env     *testsuite.TestWorkflowEnvironment
	events  int
	claimed string
	sent    []string // micro-batches, in order
	settled int64
	drains  int
	windows []activities.OpenWindowInput
	asked   int
	alerts  []runs.Report
	told    []string // the events that alerts were about, "" for how the stream stands
	version int64

	alerting sync.Mutex // over alerts and told: two may be sent at a time

	risks    activities.Risks
	excluded int64 // profiles of the hour that are, beside others
	others   int64 // 0: 50
	update   func() error
	open     func() error
}

func newInbox(events int) *inbox {
	suite := testsuite.WorkflowTestSuite{}
	b := &inbox{env: suite.NewTestWorkflowEnvironment(), events: events, version: 1}
	b.env.SetTestTimeout(20 * time.Second)
	b.env.SetStartTime(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) // a full hour: a window begins
	var (
		streaming *activities.Streaming
		sending   *activities.Sending
		records   *activities.Records
	)
	workflows.Register(b.env)
	b.env.OnActivity(streaming.DrainStream, mock.Anything, mock.Anything).Return(b.drain).Maybe()
	b.env.OnActivity(streaming.OpenWindow, mock.Anything, mock.Anything).Return(b.openWindow).Maybe()
	b.env.OnActivity(sending.UpdateContacts, mock.Anything, mock.Anything).Return(b.updateContacts).Maybe()
	b.env.OnActivity(records.SendAlert, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.SendAlertInput) (activities.SendAlertResult, error) {
			b.alerting.Lock()
			defer b.alerting.Unlock()
			b.alerts = append(b.alerts, in.Report)
			b.told = append(b.told, in.Event)
			return activities.SendAlertResult{}, nil
		}).Maybe()
	return b
}

func (b *inbox) drain(_ context.Context, in activities.DrainStreamInput) (activities.DrainStreamResult, error) {
	b.drains++
	if in.Done != "" && in.Done == b.claimed {
		b.settled += int64(min(10, b.events))
		b.events -= min(10, b.events)
		b.claimed = ""
	}
	out := activities.DrainStreamResult{Numbers: runs.Numbers{Received: b.settled, Activated: b.settled},
		Status: runs.StreamStatus{Backlog: int64(b.events)}}
	if b.excluded > 0 {
		others := cmp.Or(b.others, 50)
		out.Numbers = runs.Numbers{Received: others + b.excluded, Activated: others, Excluded: b.excluded,
			Reasons: map[string]int64{"unknown_status": b.excluded}}
	}
	switch {
	case b.events == 0:
		out.Clean = true
	case in.Version != b.version:
		out.Version, out.Alerts = b.version, []activities.Alert{{To: "ops"}}
	default:
		if b.claimed == "" {
			b.claimed = "m" + time.Duration(b.drains).String()
		}
		out.Version, out.Run, out.Batches, out.Risks = b.version, b.claimed, 1, b.risks
	}
	return out, nil
}

func (b *inbox) openWindow(_ context.Context, in activities.OpenWindowInput) (activities.OpenWindowResult, error) {
	if b.open != nil {
		if err := b.open(); err != nil {
			return activities.OpenWindowResult{}, err
		}
	}
	if len(b.windows) == 0 || b.windows[len(b.windows)-1].Run != in.Run {
		b.windows = append(b.windows, in)
	}
	b.asked++
	realized := int64(1_000)
	if b.asked > 1 {
		realized = 800 // 300 have left since, and 100 came with a file
	}
	return activities.OpenWindowResult{Alerts: []activities.Alert{{To: "ops"}}, Column: "acme_vip", MappingID: "vip", Realized: realized,
		Guard: audience.DefaultGuard}, nil
}

func (b *inbox) updateContacts(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
	b.sent = append(b.sent, in.Run)
	if b.update != nil {
		if err := b.update(); err != nil {
			return activities.UpdateContactsResult{}, err
		}
	}
	return activities.UpdateContactsResult{Numbers: runs.Numbers{Activated: 10}}, nil
}

func streamInput() workflows.StreamInput {
	return workflows.StreamInput{Stream: activities.StreamKey{Destination: "dynamics", Audience: "vip"}}
}

// run runs the stream until it is canceled after d of virtual time, or ends before.
func (b *inbox) run(d time.Duration, in workflows.StreamInput) error {
	b.env.RegisterDelayedCallback(b.env.CancelWorkflow, d)
	b.env.ExecuteWorkflow(workflows.StreamAudience, in)
	return b.env.GetWorkflowError()
}

func (b *inbox) after(d time.Duration, do func()) { b.env.RegisterDelayedCallback(do, d) }

func (b *inbox) wake() { b.env.SignalWorkflow(workflows.Wake.Name, workflows.Order{}) }

func (b *inbox) report(t *testing.T) runs.Report {
	t.Helper()
	value, err := b.env.QueryWorkflow(workflows.QueryStatus)
	require.NoError(t, err)
	var report runs.Report
	require.NoError(t, value.Get(&report))
	require.NoError(t, reporttest.Check(report))
	return report
}

func TestAStreamDrainsWhatComesAndThenWaits(t *testing.T) {
	b := newInbox(25)
	b.after(time.Minute, func() { b.events = 5; b.wake() })
	b.after(2*time.Minute, func() {
		r := b.report(t)
		require.Equal(t, runs.StatusRunning, r.Status)
		require.EqualValues(t, 30, r.Received)
		require.Zero(t, r.Stream.Backlog)
	})
	err := b.run(time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 4)
	require.Zero(t, b.events)
}

func TestTenThousandIdleMinutesCostNothing(t *testing.T) {
	b := newInbox(10)
	timers := 0
	b.env.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
	var drains int
	b.after(time.Minute, func() { drains = b.drains })
	err := b.run(10_000*time.Minute, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Positive(t, drains)
	require.Equal(t, drains, b.drains, "no activity while nothing comes")
	require.Zero(t, timers, "no timer either")
}

func TestAStreamUnderLoadHandsOverBetweenMicroBatches(t *testing.T) {
	b := newInbox(1_000)
	in := streamInput()
	in.HandOverEvents = 20
	b.env.SetCurrentHistoryLength(25)
	err := b.run(time.Hour, in)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, err, &next)
	var handed workflows.StreamInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &handed))
	require.True(t, handed.State.Woken, "there is more to drain")
	left := b.events

	second := newInbox(left)
	second.claimed, second.settled = b.claimed, b.settled
	err = second.run(time.Hour, handed)
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Zero(t, second.events)
	require.EqualValues(t, 1_000, second.settled)
	require.Len(t, append(b.sent, second.sent...), 100, "each micro-batch is sent once")
}

func TestAPausedStreamHoldsAndCatchesUp(t *testing.T) {
	b := newInbox(0)
	b.after(time.Minute, func() { b.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "night", By: "ann"}) })
	b.after(2*time.Minute, func() { b.events = 40; b.wake() })
	b.after(3*time.Hour, func() {
		r := b.report(t)
		require.Equal(t, runs.StatusPaused, r.Status)
		require.Equal(t, "night", r.Reason)
		require.Empty(t, b.sent)
		b.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	err := b.run(5*time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 4)
}

func TestEachHourAndEachVersionOfTheActivationIsAWindow(t *testing.T) {
	b := newInbox(10)
	b.after(61*time.Minute, func() { b.events = 10; b.wake() })
	b.after(62*time.Minute, func() { b.version = 2; b.events = 10; b.wake() })
	err := b.run(3*time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.windows, 3)
	require.Equal(t, b.windows[0].Run, b.windows[1].Previous)
	require.Equal(t, b.windows[1].Run, b.windows[2].Previous)
	require.EqualValues(t, 2, b.windows[2].Version)
	require.Len(t, b.sent, 3)
}

func TestWhatAPersonHasToMendHoldsTheStream(t *testing.T) {
	b := newInbox(10)
	mended := false
	b.open = func() error {
		if mended {
			return nil
		}
		return temporal.NewNonRetryableApplicationError("column vip does not exist: create it", activities.ErrColumnUnusable, nil)
	}
	b.after(time.Hour, func() {
		r := b.report(t)
		require.Equal(t, runs.StatusPaused, r.Status)
		require.True(t, r.NeedsPerson)
		require.Contains(t, r.Reason, "create it")
		mended = true
		b.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	err := b.run(2*time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 1)
}

func TestABatchThatIsRefusedHoldsTheStreamAndIsSentAgain(t *testing.T) {
	b := newInbox(10)
	b.update = func() error {
		if len(b.sent) > 1 {
			return nil
		}
		return temporal.NewNonRetryableApplicationError("prvWriteContact is missing: grant it", "forbidden", nil)
	}
	b.after(time.Hour, func() {
		require.True(t, b.report(t).NeedsPerson)
		require.Len(t, b.alerts, 1, "somebody is told")
		require.True(t, b.alerts[0].NeedsPerson)
		b.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	err := b.run(2*time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 2)
	require.Zero(t, b.events)
}

// A step that was told to stop times out where its worker was killed or frozen meanwhile: Temporal
// does not try it again, and nobody has to mend anything. (Here nothing tells it to stop: the test
// environment would not wait for how it ends.)
func TestAStreamDoesNotPauseForAStepThatTimedOut(t *testing.T) {
	b := newInbox(10)
	b.update = func() error {
		if len(b.sent) > 1 {
			return nil
		}
		return temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)
	}
	b.after(10*time.Minute, func() { require.Equal(t, runs.StatusRunning, b.report(t).Status) })
	err := b.run(20*time.Minute, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 2)
	require.Zero(t, b.events)
}

func TestAFloodOfExitsWaitsForApprovalOnceAnHour(t *testing.T) {
	b := newInbox(40)
	b.risks = activities.Risks{Leaving: 300, ToSend: 300}
	b.after(30*time.Minute, func() {
		r := b.report(t)
		require.Equal(t, runs.StatusWaiting, r.Status)
		require.Contains(t, r.Reason, "600 of 1,100", "what the ledger holds is counted anew")
		require.Len(t, b.sent, 1)
		b.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{})
	})
	err := b.run(45*time.Minute, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 4)
}

func TestAMicroBatchIsJudgedOnceThoughItsGuardHasFailed(t *testing.T) {
	b := newInbox(10)
	b.risks = activities.Risks{Leaving: 600, ToSend: 600}
	b.open = func() error {
		if len(b.windows) > 0 && b.asked < 2 {
			b.asked = 1
			return temporal.NewNonRetryableApplicationError("the store is damaged: mend it", activities.ErrStore, nil)
		}
		return nil
	}
	b.after(30*time.Minute, func() {
		require.Contains(t, b.report(t).Reason, "mend it")
		b.asked = 2
		b.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	b.after(40*time.Minute, func() {
		require.Contains(t, b.report(t).Reason, "600 of 800", "not 1200: the micro-batch was added once")
	})
	err := b.run(45*time.Minute, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Empty(t, b.sent)
}

func TestAStreamOfUnusableProfilesPausesOnceAnHour(t *testing.T) {
	b := newInbox(10)
	b.excluded = 60
	b.after(30*time.Minute, func() {
		r := b.report(t)
		require.Equal(t, runs.StatusPaused, r.Status)
		require.Contains(t, r.Reason, "60 of 110 profiles")
		require.Contains(t, r.Reason, "maxExcludedShare")
		b.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	b.after(45*time.Minute, func() {
		require.Equal(t, runs.StatusRunning, b.report(t).Status)
	})
	err := b.run(50*time.Minute, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
}

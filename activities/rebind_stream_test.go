package activities

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/store"
	"audienceflow/store/runlog"
)

func (s *stream) drainAll() {
	s.t.Helper()
	for !s.step() {
	}
}

func (s *stream) policyOf(run string) store.Policy {
	s.t.Helper()
	settings, err := s.planning.runs.of(s.t.Context(), run)
	require.NoError(s.t, err)
	return settings.policy()
}

// reconnect has the worker that was set up last serve the stream, too.
func (s *stream) reconnect() {
	s.streaming = &Streaming{o: s.options, runs: s.planning.runs, planning: s.planning}
	s.env.RegisterActivity(s.streaming)
}

func isUnderWay(t *testing.T, err error) string {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrRunsUnderWay, app.Type())
	return app.Message()
}

// TestAStreamDoesNotHoldARebind has another organization answer as a stream has claimed events, at
// each point where its workflow, or its worker, may have been ended.
func TestAStreamDoesNotHoldARebind(t *testing.T) {
	t.Parallel()
	forget := RebindDestinationInput{Destination: "dynamics", Forget: true}
	for name, stop := range map[string]func(s *stream) DrainStreamResult{
		"not claimed": func(*stream) (none DrainStreamResult) { return none },
		"claimed":     func(s *stream) DrainStreamResult { return s.drain() },
		"taken": func(s *stream) DrainStreamResult {
			out := s.drain()
			_, err := s.options.Store.TakeBatch(t.Context(), store.BatchRef{Run: out.Run, Batch: 1}, s.policyOf(out.Run), -time.Second)
			require.NoError(s.t, err)
			return out
		},
	} {
		for _, goesOn := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", its workflow goes on: ", goesOn), func(t *testing.T) {
				t.Parallel()
				s := newStream(t, 4)
				s.receive(streamedProfile(s.ids[0], "Ann", 0, audience.Realized), streamedProfile(s.ids[1], "Bob", 0, audience.Realized))
				s.drainAll()
				s.receive(streamedProfile(s.ids[2], "Cid", 1, audience.Realized), streamedProfile(s.ids[0], "Ann", 1, audience.Exited))
				drained := stop(s)
				s.copyEnvironment()

				out, err := do(s.world, s.connection.RebindDestination, forget)
				require.NoError(t, err)
				require.NotEqual(t, out.Before.OrganizationID, out.Now.OrganizationID)
				s.reconnect()
				if goesOn { // its workflow was paused, and has a micro-batch in its hands
					for batch := 1; batch <= drained.Batches; batch++ {
						_, err := do(s.world, s.sending.UpdateContacts, UpdateContactsInput{Run: drained.Run, Batch: batch})
						var app *temporal.ApplicationError
						require.ErrorAs(t, err, &app)
						require.Equal(t, ErrRunOver, app.Type())
					}
					s.next.Done, s.next.DoneWindow = drained.Run, s.next.Window
				} else {
					s.next = DrainStreamInput{Stream: vipStream}
				}
				s.drainAll()
				require.Len(t, s.timesWritten(), 2, "what was received and not sent goes to the other one")
				list, err := s.options.Store.OpenWorkflows(t.Context(), "dynamics")
				require.NoError(t, err)
				require.Empty(t, list)
			})
		}
	}
}

// TestNothingIsForgottenThatMayStillBeWritten: a request of an attempt may be at work until its
// lease is over, whether or not its workflow has ended.
func TestNothingIsForgottenThatMayStillBeWritten(t *testing.T) {
	t.Parallel()
	forget := RebindDestinationInput{Destination: "dynamics", Forget: true}
	s := newStream(t, 4)
	s.receive(streamedProfile(s.ids[0], "Ann", 0, audience.Realized))
	s.drainAll()
	s.receive(streamedProfile(s.ids[2], "Cid", 1, audience.Realized))
	out := s.drain()
	ref := store.BatchRef{Run: out.Run, Batch: 1}
	taken, err := s.options.Store.TakeBatch(t.Context(), ref, s.policyOf(out.Run), time.Hour)
	require.NoError(t, err)
	require.Len(t, taken.Rows, 1)
	_, err = do(s.world, s.connection.RebindDestination, forget)
	require.Contains(t, isUnderWay(t, err), "in flight")
	held, err := s.options.Store.CountExported(t.Context(), "dynamics", "acme_vip")
	require.NoError(t, err)
	require.EqualValues(t, 1, sumExported(held), "the ledger is as it was")
	require.NoError(t, s.options.Store.ExtendLease(t.Context(), ref, taken.Attempt, 0))
	_, err = do(s.world, s.connection.RebindDestination, forget)
	require.NoError(t, err)
}

func TestRunsUnderWayAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	a := w.activation(w.everyone()...)
	w.activate("one", a)
	_, err := do(w, w.connection.RebindDestination, RebindDestinationInput{Destination: "dynamics", Forget: true})
	require.Contains(t, isUnderWay(t, err), "1 run to destination dynamics is under way")
	require.Contains(t, isUnderWay(t, err), "starter cancel activate/dynamics/vip")
	require.NoError(t, w.options.Store.BeginRun(t.Context(), runlog.Run{Run: "two", WorkflowID: "unmap/dynamics/gold", Destination: "dynamics"}))
	_, err = do(w, w.connection.RebindDestination, RebindDestinationInput{Destination: "dynamics", Forget: true})
	require.Contains(t, isUnderWay(t, err), "2 runs to destination dynamics are under way")
}

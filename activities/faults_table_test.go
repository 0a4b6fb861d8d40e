package activities

import (
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// exceptions are the cells that differ from the rule of their fault, with the reason.
var exceptions = map[[2]string]string{}

func except(outcome string, steps []string, faults ...string) {
	for _, step := range steps {
		for _, fault := range faults {
			exceptions[[2]string{step, fault}] = outcome
		}
	}
}

func init() {
	updates := []string{"UpdateMultiple", "PATCH"}
	// A 204 has no body that could be spoilt, and no word about whose it is but the row's address.
	except(cellDone, updates, "truncated", "broken gzip")
	except(cellDone, []string{"UpdateMultiple"}, "another environment")
	// Half of a refusal still holds its code.
	except(cellDone, []string{"the write probe"}, "truncated", "broken gzip")
	// Neither a token nor a refusal says whose it is.
	except(cellDone, []string{"signing in", "the write probe"}, "another environment")
	// It is counted page by page.
	except(cellDone, []string{"counting"}, "500 0x80044151")
	// The sign-in service is not asked again within a step.
	except(cellWaited, []string{"signing in"}, "429 without Retry-After")
	// What was written is read back, whoever has answered.
	except(cellDone, []string{"UpdateMultiple", "PATCH", "$batch"}, "cut after the work")
	except(cellDone, []string{"$batch"}, "truncated", "broken gzip", "another environment")
	except(cellDone, []string{"PATCH"}, "another environment")
	// Dynamics' own no to a question whose answer the next step finds out by itself.
	except(cellDone, []string{"the privilege"}, "403 that lasts")
	except(cellDone, []string{"asking for UpdateMultiple"}, "302", "bad TLS", "401 that lasts", "403 that lasts", "another environment")
	except(cellDone, []string{"the privilege"}, "302", "bad TLS", "401 that lasts", "another environment")
}

// TestFaultsPageIsWhatIsSeen tries every fault at every step, and keeps docs/faults.md equal to
// what it sees.
func TestFaultsPageIsWhatIsSeen(t *testing.T) {
	t.Parallel()
	steps, faults := tableSteps(), TableFaults()
	seen := make([][]string, len(steps))
	t.Run("steps", func(t *testing.T) {
		for i, step := range steps {
			seen[i] = make([]string, len(faults))
			t.Run(step.name, func(t *testing.T) {
				t.Parallel()
				var shared *world
				for n, fault := range faults {
					want, excepted := exceptions[[2]string{step.name, fault.Name}]
					if !excepted {
						want = fault.Want
					}
					if !Tried(i, n) {
						continue
					}
					w := shared
					if w == nil || step.writes || step.once {
						w = newFaultyWorld(t, step)
					}
					if !step.writes {
						shared = w
					}
					seen[i][n] = w.cell(step, fault)
					require.Equal(t, want, seen[i][n], "%s at %s", fault.Name, step.name)
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = step.name
	}
	FaultsTable(t, "Each step", names, seen)
}

var making sync.Mutex // a store is opened at a time

func newFaultyWorld(t *testing.T, step tableStep) *world {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	w := newWorld(t, step.contacts)
	w.options.trials = quickTrials
	w.options.Destination.RequestTimeout, w.options.Destination.ServerTimeout = time.Millisecond, time.Millisecond
	w.connect()
	if step.prepare != nil {
		step.prepare(w)
	}
	return w
}

// cell runs a step under a fault, ends the fault, and runs it again until it is done.
func (w *world) cell(step tableStep, fault TableFault) string {
	w.t.Helper()
	config := dynamics.Config{
		Environment: w.sim.URL, Authority: w.sim.URL, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil }, RequestTimeout: time.Minute, Transport: w.transport(),
	}
	w.use(config)
	broke := config
	switch {
	case fault.Network != nil:
		broke.Transport = broken{w.transport(), regexp.MustCompile(step.match), fault.Network}
	case fault.Fault.Kind == "hang":
		broke.RequestTimeout = time.Second
		fallthrough
	default:
		if step.match == signIn && fault.Want == cellStops && fault.Fault.Status >= http.StatusUnauthorized {
			fault.Fault.Code = "AADSTS7000215" // in the sign-in service's own words
		}
		fault.Fault.Match = step.match
		w.fault(fault.Fault)
	}
	w.use(broke)
	outcome := judgeCell(step.act(w))

	w.mend()
	w.use(config)
	require.Eventually(w.t, func() bool {
		err := step.act(w)
		return err == nil
	}, time.Minute, time.Millisecond, "it goes on when the fault has ended: %s at %s", fault.Name, step.name)
	if step.writes {
		w.writtenOnce(w.ids)
		counts, err := w.options.Store.Counts(w.t.Context(), testRun)
		require.NoError(w.t, err)
		require.EqualValues(w.t, len(w.ids), counts.Activated)
		require.Zero(w.t, counts.Failed)
	}
	return outcome
}

// use gives the world a client of its own, as a worker that has just started has it.
func (w *world) use(config dynamics.Config) {
	w.t.Helper()
	client, err := dynamics.New(config)
	require.NoError(w.t, err)
	w.options.Destination.Client = client
	w.connect()
}

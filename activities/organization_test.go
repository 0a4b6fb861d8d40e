package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

// copyEnvironment points the world at another organization with the same contacts.
func (w *world) copyEnvironment() {
	w.t.Helper()
	sim, err := simulator.Start(simulator.Options{
		Contacts: len(w.ids), NoLimits: true, DataDir: w.t.TempDir(), Columns: []string{"acme_vip:string:20", "acme_gold:string:20"},
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, sim.Close()) })
	w.sim = sim
	w.options.Destination.Client, err = dynamics.New(dynamics.Config{
		Environment: sim.URL, Authority: sim.URL, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil },
	})
	require.NoError(w.t, err)
	w.connect()
}

func TestEveryStepRefusesAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	first := w.activation(w.everyone()[:60]...)
	_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
	require.NoError(t, err)
	w.activate("run-0", first)
	a := w.activation(w.everyone()...)
	w.plan(a) // a run is under way as the environment changes
	_, err = do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v", Activation: a, Now: time.Now()})
	require.NoError(t, err)
	_, err = do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: "unmapping", Kind: runs.KindUnmap, Rows: RowsExported, Activation: a})
	require.NoError(t, err)
	w.copyEnvironment()

	steps := map[string]func() error{
		"sign in": func() error {
			_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
			return err
		},
		"resolve columns": func() error {
			_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: "run-2", Kind: runs.KindPlan, Activation: a})
			return err
		},
		"stage an unmapping": func() error {
			_, err := do(w, w.planning.StageAudience, StageAudienceInput{Run: "unmapping", Now: time.Now()})
			return err
		},
		"plan": func() error {
			_, err := do(w, w.planning.PlanRun, RunInput{Run: testRun})
			return err
		},
		"read": func() error {
			_, err := do(w, w.planning.ReadContacts, ReadContactsInput{Run: testRun, Slice: 1, Slices: 1})
			return err
		},
		"update": func() error {
			_, err := w.update(1)
			return err
		},
		"begin a validation": func() error {
			_, err := do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v2", Activation: a, Now: time.Now()})
			return err
		},
		"read back": func() error {
			_, err := do(w, w.validating.ReadBackContacts, ReadBackContactsInput{Validation: "v", Slice: 1, Slices: 1})
			return err
		},
		"count": func() error {
			_, err := do(w, w.validating.EndValidation, EndValidationInput{Validation: "v", Now: time.Now()})
			return err
		},
	}
	for name, step := range steps {
		var app *temporal.ApplicationError
		require.ErrorAs(t, step(), &app, name)
		require.Equal(t, ErrOtherOrganization, app.Type(), name)
		require.True(t, app.NonRetryable(), name)
	}
	require.Empty(t, w.timesWritten())
	checked, err := do(w, w.connection.Check, CheckInput{Activation: a})
	require.NoError(t, err)
	require.False(t, checked.OK)
	require.Contains(t, checked.step(t, "organization").Detail, "rebind dynamics --keep-ledger")
}

func TestARebindKeepsOrForgetsTheLedger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forget  bool
		written int
	}{
		"keep":   {false, 0},
		"forget": {true, 20},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 20)
			a := w.activation(w.everyone()...)
			_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
			require.NoError(t, err)
			w.activate("first", a)
			w.copyEnvironment()

			in := RebindDestinationInput{Destination: "dynamics", Forget: c.forget}
			if c.forget {
				_, err := do(w, w.connection.RebindDestination, in)
				var app *temporal.ApplicationError
				require.ErrorAs(t, err, &app, "the run has not ended")
				require.Equal(t, ErrRunsUnderWay, app.Type())
			}
			require.NoError(t, w.options.Store.EndRun(t.Context(), "first", runs.StatusCompleted, "", "", nil))
			out, err := do(w, w.connection.RebindDestination, in)
			require.NoError(t, err)
			require.NotEqual(t, out.Before.OrganizationID, out.Now.OrganizationID)
			w.activate("second", a)
			require.Len(t, w.timesWritten(), c.written)
		})
	}
}

package activities

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

// exchange is an address at which another organization may come to answer.
type exchange struct {
	next    http.RoundTripper
	other   *url.URL
	swapped atomic.Bool
}

func (e *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if !e.swapped.Load() {
		return e.next.RoundTrip(r)
	}
	there := r.Clone(r.Context())
	there.Host, there.URL.Host = r.URL.Host, e.other.Host
	return e.next.RoundTrip(there)
}

// exchangeable makes the world's worker one that goes on while a copy of the environment, in which
// nothing was exported, may take its address.
func (w *world) exchangeable() *exchange {
	w.t.Helper()
	sim, err := simulator.Start(simulator.Options{
		Contacts: len(w.ids), NoLimits: true, DataDir: w.t.TempDir(), Columns: []string{"acme_vip:string:20", "acme_gold:string:20"},
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, sim.Close()) })
	other, err := url.Parse(sim.URL)
	require.NoError(w.t, err)
	e := &exchange{next: w.transport(), other: other}
	w.use(dynamics.Config{
		Environment: w.sim.URL, Authority: w.sim.URL, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil }, Transport: e,
	})
	w.options.organization = &organizationCheck{}
	w.connect()
	return e
}

func isOtherOrganization(t *testing.T, err error) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrOtherOrganization, app.Type())
	require.True(t, app.NonRetryable())
}

// TestAnExchangedEnvironmentIsNeverJudged has a worker know the organization as another one takes
// its place, at each point of a validation.
func TestAnExchangedEnvironmentIsNeverJudged(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"", "run"} {
		for _, at := range []string{"begin", "read back", "count"} {
			t.Run(scope+" "+at, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 20)
				e := w.exchangeable()
				a := w.activation(w.everyone()...)
				w.activate("run", a)
				require.Equal(t, runs.VerdictMatch, w.validateAfter(scope, a, "before").Verdict)

				_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
				require.NoError(t, err)
				e.swapped.Store(at == "begin")
				_, err = do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v", Run: scope, Activation: a, Now: time.Now()})
				if err == nil {
					e.swapped.Store(at == "read back")
					_, err = do(w, w.validating.ReadBackContacts, ReadBackContactsInput{Validation: "v", Slice: 1, Slices: 1})
				}
				if err == nil {
					e.swapped.Store(at == "count")
					_, err = do(w, w.validating.EndValidation, EndValidationInput{Validation: "v", Now: time.Now()})
				}
				isOtherOrganization(t, err)
			})
		}
	}
}

// TestARefusalIsRememberedByAllSteps: where one step has met another organization, none goes on
// with what was known before.
func TestARefusalIsRememberedByAllSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	e := w.exchangeable()
	a := w.activation(w.everyone()...)
	w.activate("run", a)
	w.plan(w.activation(w.everyone()[:10]...))
	e.swapped.Store(true)
	_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
	isOtherOrganization(t, err)
	_, err = do(w, w.planning.PlanRun, RunInput{Run: testRun})
	isOtherOrganization(t, err)
	_, err = w.update(1)
	isOtherOrganization(t, err)
	e.swapped.Store(false)
	_, err = do(w, w.planning.PlanRun, RunInput{Run: testRun})
	require.NoError(t, err)
}

// TestNothingOfAnExchangedEnvironmentIsPlanned: contacts are read to decide what is unchanged.
func TestNothingOfAnExchangedEnvironmentIsPlanned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	e := w.exchangeable()
	w.activate("run", w.activation(w.everyone()[:10]...))
	a := w.activation(w.everyone()...)
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, Activation: a})
	require.NoError(t, err)
	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: testRun, Now: time.Now()})
	require.NoError(t, err)
	_, err = do(w, w.planning.PlanRun, RunInput{Run: testRun})
	require.NoError(t, err)
	e.swapped.Store(true)
	_, err = do(w, w.planning.ReadContacts, ReadContactsInput{Run: testRun, Slice: 1, Slices: 1})
	isOtherOrganization(t, err)
}

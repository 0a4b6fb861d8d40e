package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"audienceflow/alerts/targets"
	"audienceflow/audience/activation"
	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store"
)

const testRun = "run-1"

// world is one destination with real parts: a simulated Dynamics, a store and the activities
// between them.
type world struct {
	t       *testing.T
	env     *testsuite.TestActivityEnvironment
	sim     *simulator.Running
	options Options
	ids     []string
	log     log.Logger // of the activities; nil for none of the test's own

	connection *Connection
	planning   *Planning
	sending    *Sending
	validating *Validating
	records    *Records
}

func newWorld(t *testing.T, contacts int) *world {
	t.Helper()
	sim, err := simulator.Start(simulator.Options{Contacts: contacts, NoLimits: true, Columns: []string{"acme_vip:string:20", "acme_gold:string:20"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return newWorldOn(t, sim, contacts, sim.URL, "sqlite:"+NewStore(t))
}

// newWorldOn reaches the simulated Dynamics by an address, and keeps its record in a store.
func newWorldOn(t *testing.T, sim *simulator.Running, contacts int, address, storeURL string) *world {
	t.Helper()
	kept, err := store.Open(t.Context(), storeURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	client, err := testClient(address, 0)
	require.NoError(t, err)
	w := &world{t: t, sim: sim, options: Options{Store: kept, Alerts: targets.New(nil), Destination: Destination{
		Name: "dynamics", Prefix: "acme", RequestSize: 50, RequestTimeout: time.Second, ServerTimeout: time.Second, Client: client,
	}}}
	for i := range contacts {
		w.ids = append(w.ids, simulator.GeneratedID(1, i))
	}
	w.connect()
	return w
}

func testClient(address string, concurrency int) (*dynamics.Client, error) {
	return dynamics.New(dynamics.Config{
		Environment: address, Authority: address, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil }, Concurrency: concurrency,
	})
}

// connect sets the activities up as a worker that has just started does.
func (w *world) connect() {
	cache := newSettingsCache(w.options.Store)
	w.connection = &Connection{o: w.options}
	w.planning = &Planning{o: w.options, runs: cache}
	w.sending = &Sending{o: w.options, runs: cache, trials: newTrials(w.options), counter: newRunCounter(w.options.Store)}
	w.validating = &Validating{o: w.options, tables: &tables{client: w.options.Destination.Client}, runs: cache, pause: sleep}
	w.records = &Records{o: w.options, runs: cache}
	suite := testsuite.WorkflowTestSuite{}
	if w.log != nil {
		suite.SetLogger(w.log)
	}
	w.env = suite.NewTestActivityEnvironment()
	w.env.SetWorkerOptions(worker.Options{})
	for _, a := range []any{w.connection, w.planning, w.sending, w.validating, w.records} {
		w.env.RegisterActivity(a)
	}
}

// do runs an activity to its end.
func do[In, Out any](w *world, activity func(context.Context, In) (Out, error), in In) (Out, error) {
	w.t.Helper()
	var out Out
	value, err := w.env.ExecuteActivity(activity, in)
	if err != nil {
		return out, err
	}
	require.NoError(w.t, value.Get(&out))
	return out, nil
}

// activation is one over a CSV file with a contact, a first name and a status in each line.
func (w *world) activation(lines ...string) Activation {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "audience.csv")
	require.NoError(w.t, os.WriteFile(path, []byte("id,first,status\n"+strings.Join(lines, "\n")+"\n"), 0o600))
	list, err := activation.Parse(fmt.Appendf(nil, `
destination: dynamics
audience: vip
mappingId: vip
source: {url: %s, format: csv, contactId: id, status: status}
mapping: [{source: first, target: FirstName}]
`, path), filepath.Join(filepath.Dir(path), "vip.yaml"))
	require.NoError(w.t, err)
	return list[0]
}

// everyone is a line for each contact.
func (w *world) everyone() []string {
	lines := make([]string, len(w.ids))
	for i, id := range w.ids {
		lines[i] = fmt.Sprintf("%s,Given%d,realized", id, i)
	}
	return lines
}

// plan takes an activation to where its batches can be sent.
func (w *world) plan(a Activation) PlanRunResult {
	w.t.Helper()
	return w.planAs(ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, Activation: a})
}

// planAs does so with a run of its own, which may be of another kind.
func (w *world) planAs(in ResolveColumnsInput) PlanRunResult {
	w.t.Helper()
	in.WorkflowID = "activate/" + in.Activation.Destination + "/" + in.Activation.Audience
	_, err := do(w, w.connection.ResolveColumns, in)
	require.NoError(w.t, err)
	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: in.Run, Now: time.Now()})
	require.NoError(w.t, err)
	plan, err := do(w, w.planning.PlanRun, RunInput{Run: in.Run})
	require.NoError(w.t, err)
	if plan.ToRead > 0 {
		_, err = do(w, w.planning.ReadContacts, ReadContactsInput{Run: in.Run, Slice: 1, Slices: 1})
		require.NoError(w.t, err)
		plan, err = do(w, w.planning.PlanRun, RunInput{Run: in.Run})
		require.NoError(w.t, err)
	}
	require.Zero(w.t, plan.ToRead)
	return plan
}

// activate takes an activation to the end of its sending.
func (w *world) activate(run string, a Activation) {
	w.t.Helper()
	plan := w.planAs(ResolveColumnsInput{Run: run, Kind: runs.KindActivate, Activation: a})
	for batch := 1; batch <= plan.Batches; batch++ {
		_, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: run, Batch: batch})
		require.NoError(w.t, err)
	}
}

func (w *world) update(batch int) (UpdateContactsResult, error) {
	w.t.Helper()
	return do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: testRun, Batch: batch})
}

func (w *world) fault(f simulator.Fault) {
	w.t.Helper()
	require.NoError(w.t, w.sim.Server.AddFault(f))
}

// transport is a transport of the test's own. The default one is shared by all tests, and each
// httptest.Server that closes takes idle connections from it, under the requests of others.
func (w *world) transport() http.RoundTripper { return ownTransport(w.t) }

// web reaches the simulator's control endpoints.
func (w *world) web() *http.Client { return &http.Client{Transport: w.transport()} }

func ownTransport(t *testing.T) http.RoundTripper {
	own := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(own.CloseIdleConnections)
	return own
}

// timesWritten counts the writes of each contact.
func (w *world) timesWritten() map[string]int {
	w.t.Helper()
	response, err := w.web().Get(w.sim.URL + "/_simulator/writes")
	require.NoError(w.t, err)
	defer response.Body.Close()
	times := map[string]int{}
	for decoder := json.NewDecoder(response.Body); decoder.More(); {
		var write struct {
			ContactID string `json:"contactid"`
		}
		require.NoError(w.t, decoder.Decode(&write))
		times[write.ContactID]++
	}
	return times
}

// writtenOnce asserts that each of the contacts was written exactly once, and no other.
func (w *world) writtenOnce(ids []string) {
	w.t.Helper()
	times := w.timesWritten()
	require.Len(w.t, times, len(ids))
	for _, id := range ids {
		require.Equal(w.t, 1, times[id], id)
	}
}

// validate validates everything that was exported.
func (w *world) validate(a Activation, id string) runs.Validation {
	w.t.Helper()
	return w.validateAfter("", a, id)
}

// validateAfter validates what a run wrote.
func (w *world) validateAfter(run string, a Activation, id string) runs.Validation {
	w.t.Helper()
	_, err := do(w, w.validating.BeginValidation, BeginValidationInput{Validation: id, Run: run, Activation: a, Now: time.Now()})
	require.NoError(w.t, err)
	_, err = do(w, w.validating.ReadBackContacts, ReadBackContactsInput{Validation: id, Slice: 1, Slices: 1})
	require.NoError(w.t, err)
	v, err := do(w, w.validating.EndValidation, EndValidationInput{Validation: id, Now: time.Now()})
	require.NoError(w.t, err)
	return v
}

// change changes contacts behind the product's back.
func (w *world) change(changes ...map[string]any) {
	w.t.Helper()
	text, err := json.Marshal(changes)
	require.NoError(w.t, err)
	response, err := w.web().Post(w.sim.URL+"/_simulator/contacts", "application/json", bytes.NewReader(text))
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
	require.Equal(w.t, http.StatusOK, response.StatusCode/100*100)
}

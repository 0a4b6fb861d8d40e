package metrics

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics"
	"audienceflow/monitoring"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/validations"
)

var _ activities.Observer = (*Destination)(nil)

// scrape gives what Prometheus would read.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	mux := http.NewServeMux()
	monitoring.ServeMetrics(mux, m.Registry())
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.Code, string(text))
	return string(text)
}

func TestWhatADestinationDoesIsCounted(t *testing.T) {
	m := New()
	d := m.Destination("emea")
	d.Request(dynamics.Exchange{Kind: "update contacts", Status: 204, Took: 300 * time.Millisecond})
	d.Request(dynamics.Exchange{Kind: "read contact's columns", Status: 0})
	d.Sent(500, 2)
	d.BatchEnded(activities.BatchReturned, 3*time.Second)
	d.Decided(runs.Numbers{Activated: 500, Unchanged: 40, Superseded: 3, Excluded: 7, Failed: 2})
	d.RunEnded(runs.KindActivate, runs.StatusCompleted)
	d.Validated(runs.VerdictMismatch)
	text := scrape(t, m)
	for _, line := range []string{
		`audienceflow_dynamics_requests_total{destination="emea",kind="update_contacts",status="204"} 1`,
		`audienceflow_dynamics_requests_total{destination="emea",kind="read_contact_columns",status="0"} 1`,
		`audienceflow_dynamics_request_seconds_bucket{destination="emea",kind="update_contacts",le="0.5"} 1`,
		`audienceflow_sent_contacts_total{destination="emea",outcome="activated"} 500`,
		`audienceflow_sent_contacts_total{destination="emea",outcome="failed"} 2`,
		`audienceflow_contacts_total{destination="emea",outcome="unchanged"} 40`,
		`audienceflow_contacts_total{destination="emea",outcome="excluded"} 7`,
		`audienceflow_batch_seconds_sum{destination="emea",result="given back"} 3`,
		`audienceflow_runs_total{destination="emea",kind="activate",status="completed"} 1`,
		`audienceflow_validations_total{destination="emea",verdict="mismatch"} 1`,
		`audienceflow_build_info{program="worker",version="`,
		"go_goroutines ", "process_start_time_seconds ",
	} {
		require.Contains(t, text, line)
	}
}

func TestWhatTheStoreKnowsIsTold(t *testing.T) {
	kept, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	ctx := t.Context()
	require.NoError(t, kept.AddDestination(ctx, "emea"))
	require.NoError(t, kept.BeginRun(ctx, runlog.Run{Run: "r1", Destination: "emea", Audience: "vip", Status: runs.StatusWaiting}))
	at := time.Unix(1_700_000_000, 0)
	for n, verdict := range []string{runs.VerdictMatch, runs.VerdictMismatch} {
		id := fmt.Sprint("v", n)
		require.NoError(t, kept.BeginValidation(ctx, validations.Validation{Validation: id, Destination: "emea", Audience: "vip", StartedAt: at}))
		require.NoError(t, kept.EndValidation(ctx, id, verdict, nil, at.Add(time.Duration(n)*time.Hour)))
	}
	require.NoError(t, kept.BeginValidation(ctx, validations.Validation{Validation: "v9", Destination: "emea", Audience: "vip", StartedAt: at}))
	_, err = kept.CountSent(ctx, "emea", 30, 100)
	require.NoError(t, err)
	_, err = kept.RegisterStream(ctx, activities.StreamKey{Destination: "other", Audience: "not ours"}, []byte("{}"))
	require.NoError(t, err)

	m := New()
	m.Destination("emea").Follow(kept, 100)
	m.Destination("us").Follow(kept, 0)
	text := scrape(t, m)
	for _, line := range []string{
		`audienceflow_open_runs{destination="emea",kind="activate",status="waiting"} 1`,
		`audienceflow_last_validation_match{audience="vip",destination="emea"} 0`,
		`audienceflow_last_validation_timestamp_seconds{audience="vip",destination="emea"} 1.7000036e+09`,
		`audienceflow_budget_rows{destination="emea"} 100`,
		`audienceflow_budget_left_rows{destination="emea"} 70`,
		`audienceflow_destination_paused{destination="emea"} 0`,
		`audienceflow_destination_paused{destination="us"} 0`,
	} {
		require.Contains(t, text, line)
	}
	require.NotContains(t, text, "not ours", "a destination that this worker does not serve")
	require.NotContains(t, text, `budget_rows{destination="us"}`)
}

// TestLabelsAreBounded floods the SDK's handler with ids, as tags that are not known and as values
// of some that are.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := New()
	for range 2 * maxSeries {
		id := uuid.NewString()
		tagged := m.Temporal().WithTags(map[string]string{"run_id": id, "workflow_id": id, "namespace": "default"})
		tagged.Counter("temporal_request").Inc(1)
		tagged.WithTags(map[string]string{"workflow_type": id}).Timer("temporal_workflow_endtoend_latency").Record(time.Second)
		tagged.Gauge("temporal_num_pollers").Update(2)
	}
	text := scrape(t, m)
	require.Contains(t, text, fmt.Sprintf(`temporal_request_total{namespace="default"} %d`, 2*maxSeries), "ids are left out")
	require.Contains(t, text, `temporal_num_pollers{namespace="default"} 2`)
	require.NotContains(t, text, "run_id")
	require.LessOrEqual(t, strings.Count(text, "temporal_workflow_endtoend_latency_seconds_count"), maxSeries)
	found, err := testutil.GatherAndCount(m.Registry(), "temporal_workflow_endtoend_latency_seconds")
	require.NoError(t, err)
	require.LessOrEqual(t, found, maxSeries)
}

// ended is a worker's metrics after runs of every kind, however they have ended, with their
// reports.
func ended(seed uint64) (*Metrics, *Destination, []runs.Report) {
	random := rand.New(rand.NewPCG(seed, 9))
	some := func() int64 { return random.Int64N(2) * random.Int64N(1<<(1+random.IntN(34))) }
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	m := New()
	d := m.Destination("emea")
	m.Destination("us").Decided(runs.Numbers{Activated: 5}) // no other destination's rows are among them
	var reports []runs.Report
	for range 30 {
		r := runs.Report{
			Kind:    pick(runs.KindActivate, runs.KindPlan, runs.KindReplay, runs.KindRepair, runs.KindUnmap),
			Status:  pick(runs.StatusCompleted, runs.StatusFailed, runs.StatusCanceled),
			Numbers: runs.Numbers{Activated: some(), Unchanged: some(), Superseded: some(), Excluded: some(), Failed: some(), Pending: some()},
		}
		r.Received = r.Activated + r.Unchanged + r.Superseded + r.Excluded + r.Failed + r.Pending
		r.Reasons = map[string]int64{"missing_contact_id": r.Excluded, "plugin_error": r.Failed}
		d.RunEnded(r.Kind, r.Status)
		if r.Kind != runs.KindPlan {
			d.Decided(r.Numbers)
		}
		if random.IntN(2) == 0 {
			r.Validation = &runs.Validation{Verdict: pick(runs.VerdictMatch, runs.VerdictMismatch)}
			d.Validated(r.Validation.Verdict)
		}
		reports = append(reports, r)
	}
	return m, d, reports
}

// TestMetricsCountWhatReportsSay compares what Prometheus reads with reports as people see them,
// then plants the faults that the property is there for.
func TestMetricsCountWhatReportsSay(t *testing.T) {
	for seed := range uint64(50) {
		m, _, reports := ended(seed)
		for _, r := range reports {
			require.NoError(t, reporttest.Check(r))
		}
		require.NoError(t, reporttest.CheckMetrics(scrape(t, m), "emea", reports...))
	}
	for name, spoil := range map[string]func(d *Destination){
		"a row counted twice": func(d *Destination) { d.Decided(runs.Numbers{Superseded: 1}) },
		"a run counted twice": func(d *Destination) { d.RunEnded(runs.KindActivate, runs.StatusCompleted) },
		"a run of a new kind": func(d *Destination) { d.RunEnded("bogus", runs.StatusCompleted) },
		"a verdict too many":  func(d *Destination) { d.Validated(runs.VerdictMatch) },
	} {
		m, d, reports := ended(1)
		spoil(d)
		require.Error(t, reporttest.CheckMetrics(scrape(t, m), "emea", reports...), name)
	}
	_, _, reports := ended(1)
	require.Error(t, reporttest.CheckMetrics("", "emea", reports...), "nothing is counted")
}

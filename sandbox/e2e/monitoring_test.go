package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// fetch asks a worker or `starter serve`; 0 while nobody listens.
func fetch(t *testing.T, url string) (code int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(text)
}

// TestAWorkerIsSeenFromOutside runs an audience while a limit is met, and reads what the worker
// tells of it.
func TestAWorkerIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 600, Seed: 41})
	address := freeAddress(t)
	w.environment["WORKER_LISTEN"] = address
	w.set("REQUEST_SIZE", "100")
	w.set("DAILY_ROWS", "10000")
	w.fault(simulator.Fault{Kind: "status", Match: "CRM.UpdateMultiple", Status: http.StatusTooManyRequests, Count: 1})
	worker := w.startWorker()
	eventually(t, "the worker is ready", func() bool {
		code, _ := fetch(t, "http://"+address+"/readyz")
		return code == http.StatusOK
	})
	contacts := w.contacts()
	report := w.report(command.ExitDone, "activate", "-f", w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, append(contacts, "nobody"))))
	require.EqualValues(t, 600, report.Activated)
	code, text := fetch(t, "http://"+address+"/metrics")
	require.Equal(t, http.StatusOK, code)
	d := `{destination="` + w.destination + `"`
	for _, line := range []string{
		`audienceflow_contacts_total` + d + `,outcome="activated"} 600`,
		`audienceflow_contacts_total` + d + `,outcome="excluded"} 1`,
		`audienceflow_sent_contacts_total` + d + `,outcome="activated"} 600`,
		`audienceflow_dynamics_requests_total` + d + `,kind="update_contacts",status="204"} 6`,
		`audienceflow_dynamics_requests_total` + d + `,kind="update_contacts",status="429"} 1`,
		`audienceflow_dynamics_requests_total` + d + `,kind="sign_in",status="200"} 1`,
		`audienceflow_dynamics_refusals_total` + d + `} 1`,
		`audienceflow_dynamics_requests_in_flight` + d + `} 0`,
		`audienceflow_dynamics_concurrency_limit` + d + `} `,
		`audienceflow_batch_seconds_count` + d + `,result="done"} 1`,
		`audienceflow_runs_total` + d + `,kind="activate",status="completed"} 1`,
		`audienceflow_validations_total` + d + `,verdict="match"} 1`,
		`audienceflow_budget_left_rows` + d + `} `,
		`temporal_activity_execution_latency_seconds_count{activity_type="UpdateContacts"`,
		`temporal_workflow_completed_total{`,
		`temporal_worker_task_slots_available{`,
		"process_cpu_seconds_total ", "go_memstats_heap_alloc_bytes ",
	} {
		require.Contains(t, text, line)
	}
	require.NotContains(t, text, `audienceflow_dynamics_held_seconds_total`+d+`} 0`+"\n", "it was held for a while")
	lower := strings.ToLower(text)
	require.NotContains(t, lower, report.Run, "no label names a run")
	for _, contact := range contacts {
		require.NotContains(t, lower, contact, "no label names a contact")
	}
	require.Zero(t, worker.interrupt())

	w.set("CLIENT_SECRET", "old")
	w.startWorker()
	eventually(t, "a worker that cannot sign in says so", func() bool {
		code, text = fetch(t, "http://"+address+"/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(text, "sign-in "+w.destination)
	})
	require.Contains(t, text, "AADSTS7000215")
	require.Contains(t, text, `"temporal":"ok"`)
	require.Contains(t, text, `"store":"ok"`)
	code, _ = fetch(t, "http://"+address+"/healthz")
	require.Equal(t, http.StatusOK, code)
}

// TestMetricsAreTheReportsNumbers has a worker end a run of each kind, and compares what Prometheus
// reads with what people were shown.
func TestMetricsAreTheReportsNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 60, Seed: 43})
	address := freeAddress(t)
	w.environment["WORKER_LISTEN"] = address
	w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, append(contacts, "nobody")))
	reports := []runs.Report{
		w.report(command.ExitDone, "plan", "-f", file), w.report(command.ExitDone, "activate", "-f", file),
		w.report(command.ExitDone, "activate", "-f", file), w.report(command.ExitDone, "unmap", "-f", file, "--plan"),
		w.report(command.ExitDone, "unmap", "-f", file),
	}
	code, text := fetch(t, "http://"+address+"/metrics")
	require.Equal(t, http.StatusOK, code)
	require.NoError(t, reporttest.CheckMetrics(text, w.destination, reports...))
}

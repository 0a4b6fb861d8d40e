package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// unreachable is the alert of an outage.
const unreachable = "AudienceflowDynamicsUnreachable"

// mayFire are the alerts beside it that an outage of this length may raise.
var mayFire = []string{
	unreachable,
	"AudienceflowNoWorker",    // until the first scrape
	"AudienceflowBatchesFail", // where they were tried often enough
}

// unseen are metrics of which a run in this world has none, and why.
var unseen = map[string]string{
	"temporal_request_failure_total": "counted from the first request on that Temporal refuses: here it refuses none",
}

// TestPrometheusSeesARunThroughAnOutage has a real Prometheus scrape a real worker while an outage
// of Dynamics interrupts its run: the alert fires, every panel of the dashboard has something to
// show, and the numbers are those of the reports. A stream and a second run follow, so that no
// outcome is missing.
func TestPrometheusSeesARunThroughAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 3000, Seed: 53})
	worker, serve := freeAddress(t), freeAddress(t)
	w.environment["WORKER_LISTEN"] = worker
	for name, value := range map[string]string{
		"CONCURRENCY": "4", "REQUEST_SIZE": "25", "DAILY_ROWS": "10000",
		"REQUEST_TIMEOUT": "3s", "SERVER_TIMEOUT": "3s", // what was answered 503 is sent again that much sooner
	} {
		w.set(name, value)
	}
	p := startPrometheus(t, worker, hurried(t))
	w.startWorker()
	eventually(t, "Prometheus has scraped the worker", func() bool { return p.holds(`audienceflow_build_info{program="worker"}`) })
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, append(contacts, lost, "nobody")))
	began := time.Now()

	w.slow(300)
	require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
	eventually(t, "something is written", func() bool { return w.rowsWritten() > 400 })
	w.fault(simulator.Fault{Kind: "outage"})
	eventually(t, "the alert fires", func() bool { return p.holds(`ALERTS{alertname="` + unreachable + `", alertstate="firing"}`) })
	eventually(t, "steps are tried again", func() bool { return p.holds(`sum(audienceflow_batch_seconds_count{result="failed"}) >= 9`) })
	eventually(t, "the run goes on all the same", func() bool { return p.holds(`sum(audienceflow_open_runs{kind="activate"}) == 1`) })
	w.control(http.MethodDelete, "faults", nil)
	w.slow(0)
	first := w.awaitEnd()
	require.EqualValues(t, len(contacts), first.Activated)
	require.Equal(t, first.Numbers, w.status().Numbers, "what the command line says")
	p.agrees(w.destination, first)

	w.startServe(serve)
	w.stream(serve, "exited", laterTime, contacts[:100])
	w.holds("exited", contacts[:100])
	var stream runs.Report
	eventually(t, "the stream is settled", func() bool {
		stream = w.report(command.ExitDone, "status", w.streamID())
		return stream.Activated == 100
	})
	second := w.report(command.ExitDone, "activate", "-f", file)
	require.NotZero(t, second.Unchanged*second.Superseded*second.Excluded*second.Failed, "each outcome is met")
	first.Numbers.Activated += stream.Activated
	p.agrees(w.destination, first, second)
	eventually(t, "each contact is booked once for each change", func() bool {
		return p.holds(`sum(audienceflow_sent_contacts_total{outcome="activated"}) == 3100`)
	})
	eventually(t, "what is of the store is seen", func() bool {
		return p.holds(`sum(max by (audience, status) (audienceflow_ledger_contacts)) == 3000`) && p.holds(`sum(audienceflow_last_validation_match) == 1`)
	})
	eventually(t, "the alert is over", func() bool { return p.holds(`absent(ALERTS{alertname="` + unreachable + `"})`) })

	p.answersAll(t, began)
	fired := p.alerts(began, time.Now())
	require.Contains(t, fired, unreachable)
	require.Subset(t, mayFire, fired)
	told := outagePage(p, began, time.Now())
	t.Log("\n" + told)
	if *picturesInto != "" {
		keepOutage(t, p, told, began)
	}
}

// agrees waits until Prometheus has scraped what the reports say.
func (p prometheus) agrees(destination string, reports ...runs.Report) {
	p.t.Helper()
	var differs error
	assert.Eventually(p.t, func() bool {
		page := p.page("audienceflow_contacts_total", "audienceflow_runs_total", "audienceflow_validations_total")
		differs = reporttest.CheckMetrics(page, destination, reports...)
		return differs == nil
	}, patience, lookEvery)
	require.NoError(p.t, differs)
}

// answersAll asks the queries of the dashboard and those of the rules as they are written, and looks
// whether the hurried ones could be evaluated.
func (p prometheus) answersAll(t *testing.T, began time.Time) {
	t.Helper()
	var unexplained []string
	assert.Eventually(t, func() bool {
		unexplained = p.unexplained(t, began)
		return len(unexplained) == 0
	}, patience, lookEvery)
	require.Empty(t, unexplained, "queries of the dashboard that give nothing")
	asWritten := expression.FindAllString(alertRules(t), -1)
	for _, rule := range asWritten {
		p.now(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(rule), "expr: "), "|")) // is refused where it is none
	}
	evaluated := p.rules()
	require.Len(t, evaluated, len(asWritten))
	for _, rule := range evaluated {
		require.Equal(t, "ok", rule.Health, "%s: %s", rule.Name, rule.LastError)
	}
}

var metricName = regexp.MustCompile(`(audienceflow|temporal|process)_\w+`)

// unexplained are the queries of the dashboard that give nothing, though they should.
func (p prometheus) unexplained(t *testing.T, began time.Time) (queries []string) {
	t.Helper()
	for _, query := range dashboard(t) {
		if unseen[metricName.FindString(query)] == "" && !says(p.over(query, began, time.Now(), time.Second)) {
			queries = append(queries, query)
		}
	}
	return queries
}

func alertRules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/rules.yaml")
	require.NoError(t, err)
	return string(text)
}

var (
	expression = regexp.MustCompile(`(?m)^ +expr: .*\n( {10,}.*\n)*`)
	window     = regexp.MustCompile(`\[(\d+)m\]`)
	duration   = regexp.MustCompile(`(?m)^ +for: .*\n`)
)

// hurried are the alert rules with a second for every minute that they look back, and without
// the minutes for which they wait: rules_test.yaml holds those.
func hurried(t *testing.T) string {
	t.Helper()
	return duration.ReplaceAllString(window.ReplaceAllString(alertRules(t), "[${1}s]"), "")
}

// dashboard are its queries, as Grafana sends them.
func dashboard(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/audienceflow.json")
	require.NoError(t, err)
	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal(text, &board))
	filled := strings.NewReplacer("$__rate_interval", "1m", "$destination", ".*")
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, filled.Replace(target.Expr))
		}
	}
	require.NotEmpty(t, queries)
	return queries
}

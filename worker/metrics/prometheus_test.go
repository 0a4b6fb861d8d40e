package metrics

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics"
	"audienceflow/monitoring"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/validations"
)

const (
	// deploy is where rules and dashboard are.
	deploy = "../../deploy"
	// patience bounds the wait for Prometheus on a loaded machine, lookEvery is the pause between
	// two looks.
	patience  = 2 * time.Minute
	lookEvery = 100 * time.Millisecond
)

// busy is a worker's metrics after all that a dashboard looks at has happened once.
func busy(t *testing.T) *Metrics {
	t.Helper()
	kept, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	ctx := t.Context()
	require.NoError(t, kept.AddDestination(ctx, "emea"))
	require.NoError(t, kept.BeginRun(ctx, runlog.Run{Run: "r1", Destination: "emea", Audience: "vip", Status: runs.StatusWaiting}))
	require.NoError(t, kept.BeginValidation(ctx, validations.Validation{Validation: "v1", Destination: "emea", Audience: "vip", StartedAt: time.Now()}))
	require.NoError(t, kept.EndValidation(ctx, "v1", runs.VerdictMismatch, nil, time.Now()))
	_, err = kept.RegisterStream(ctx, activities.StreamKey{Destination: "emea", Audience: "news"}, []byte("{}"))
	require.NoError(t, err)
	client, err := dynamics.New(dynamics.Config{Environment: "http://127.0.0.1:1", TenantID: "11111111-1111-1111-1111-111111111111",
		ClientID: "client", Secret: func() (string, error) { return "secret", nil }})
	require.NoError(t, err)

	m := New()
	d := m.Destination("emea")
	d.AddClient(client)
	d.Follow(kept, 1000)
	d.Request(dynamics.Exchange{Kind: "update contacts", Status: 204, Took: time.Second})
	d.BatchEnded(activities.BatchDone, time.Second)
	d.Sent(500, 3)
	temporal := m.Temporal().WithTags(map[string]string{"namespace": "default", "activity_type": "UpdateContacts"})
	temporal.Timer("temporal_activity_schedule_to_start_latency").Record(time.Second)
	temporal.Counter("temporal_activity_execution_failed").Inc(1)
	temporal.WithTags(map[string]string{"operation": "PollActivityTaskQueue", "status_code": "UNAVAILABLE"}).Counter("temporal_request_failure").Inc(1)
	return m
}

// TestARealPrometheusUnderstandsRulesAndDashboard has Debian's Prometheus scrape a worker's
// metrics, evaluate the alert rules, and answer each query of the dashboard with something.
func TestARealPrometheusUnderstandsRulesAndDashboard(t *testing.T) {
	t.Parallel() // Prometheus takes five seconds to look for what it scrapes
	mux := http.NewServeMux()
	monitoring.ServeMetrics(mux, busy(t).Registry())
	worker := httptest.NewServer(mux)
	defer worker.Close()
	p := startPrometheus(t, worker.Listener.Addr().String())
	require.Eventually(t, func() bool {
		return len(p.query(`count_over_time(audienceflow_build_info{program="worker"}[1m]) >= 3`)) > 0 && p.rulesAreHealthy()
	}, patience, lookEvery, "Prometheus has scraped the worker, and evaluated the rules")
	for title, queries := range dashboard(t) {
		for _, query := range queries {
			require.NotEmpty(t, p.query(query), "%s: %s", title, query)
		}
	}
	require.Equal(t, []string{"1"}, p.query(`ALERTS{alertname="AudienceflowMismatch", alertstate="firing", audience="vip"}`))
}

// noContacts are queries of ledgers: here nothing was exported.
var noContacts = regexp.MustCompile(`audienceflow_ledger_contacts`)

// dashboard gives the queries of each panel as Grafana would send them.
func dashboard(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, "grafana", "audienceflow.json"))
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &board))
	require.NotEmpty(t, board.Panels)
	filled := strings.NewReplacer("$__rate_interval", "1m", "$destination", ".*")
	queries := map[string][]string{}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			query := filled.Replace(target.Expr)
			if noContacts.MatchString(query) {
				query = "(" + query + ") or vector(0)" // it holds all the same
			}
			queries[panel.Title] = append(queries[panel.Title], query)
		}
	}
	return queries
}

// server is a Prometheus that was started for a test.
type server struct {
	t   *testing.T
	url string
}

func startPrometheus(t *testing.T, target string) server {
	t.Helper()
	folder := t.TempDir()
	rules, err := filepath.Abs(filepath.Join(deploy, "prometheus", "rules.yaml"))
	require.NoError(t, err)
	config := filepath.Join(folder, "prometheus.yml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `global: {scrape_interval: 200ms, evaluation_interval: 200ms}
rule_files: [%q]
scrape_configs:
  - {job_name: audienceflow-worker, static_configs: [{targets: [%q]}]}
`, rules, target), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	command := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(folder, "tsdb"),
		"--web.listen-address="+address, "--log.level=error")
	command.Stderr = os.Stderr
	require.NoError(t, command.Start(), "Debian's package prometheus")
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait() // it was killed
	})
	return server{t, "http://" + address}
}

// get reads an answer; false while there is none.
func (p server) get(path string, into any) bool {
	p.t.Helper()
	answer, err := http.Get(p.url + path)
	if err != nil { // it is starting
		return false
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	if answer.StatusCode == http.StatusServiceUnavailable { // still
		return false
	}
	require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s: %s", path, text)
	require.NoError(p.t, json.Unmarshal(text, into))
	return true
}

// query gives the values of a query's result.
func (p server) query(query string) []string {
	p.t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	p.get("/api/v1/query?query="+url.QueryEscape(query), &answer)
	var values []string
	for _, series := range answer.Data.Result {
		values = append(values, fmt.Sprint(series.Value[1]))
	}
	return values
}

// rulesAreHealthy is true once every rule was evaluated.
func (p server) rulesAreHealthy() bool {
	p.t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if !p.get("/api/v1/rules", &answer) || len(answer.Data.Groups) == 0 {
		return false
	}
	for _, rule := range answer.Data.Groups[0].Rules {
		require.NotEqual(p.t, "err", rule.Health, "%s: %s", rule.Name, rule.LastError)
		if rule.Health != "ok" {
			return false
		}
	}
	return true
}

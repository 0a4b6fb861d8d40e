package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// prometheus is Debian's, with one worker to scrape.
type prometheus struct {
	t   *testing.T
	url string
}

// startPrometheus has it scrape the worker twice a second and follow the rules.
func startPrometheus(t *testing.T, worker, rules string) prometheus {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "rules.yml"), []byte(rules), 0o600))
	config := filepath.Join(folder, "prometheus.yml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `global: {scrape_interval: 500ms, evaluation_interval: 500ms}
rule_files: [rules.yml]
scrape_configs:
  - {job_name: audienceflow-worker, static_configs: [{targets: [%q]}]}
`, worker), 0o600))
	address := freeAddress(t)
	server := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(folder, "tsdb"),
		"--web.listen-address="+address, "--log.level=error")
	server.Stderr = os.Stderr
	require.NoError(t, server.Start(), "Debian's package prometheus")
	t.Cleanup(func() {
		require.NoError(t, server.Process.Kill())
		_ = server.Wait() // it was killed
	})
	return prometheus{t, "http://" + address}
}

// series is one of a query's result, its points by their time in seconds.
type series struct {
	labels map[string]string
	points map[float64]float64
}

// ask gives what Prometheus answers; nothing while it starts.
func (p prometheus) ask(path string, parameters url.Values) (data []byte) {
	p.t.Helper()
	answer, err := http.Get(p.url + path + "?" + parameters.Encode())
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	if answer.StatusCode == http.StatusServiceUnavailable {
		return nil
	}
	require.Equal(p.t, http.StatusOK, answer.StatusCode, "%s: %s", parameters, text)
	return text
}

func (p prometheus) result(path string, parameters url.Values) (all []series) {
	p.t.Helper()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  []any
				Values [][]any
			}
		}
	}
	text := p.ask(path, parameters)
	if text == nil {
		return nil
	}
	require.NoError(p.t, json.Unmarshal(text, &answer))
	for _, one := range answer.Data.Result {
		if one.Value != nil {
			one.Values = append(one.Values, one.Value)
		}
		points := map[float64]float64{}
		for _, point := range one.Values {
			value, err := strconv.ParseFloat(fmt.Sprint(point[1]), 64)
			require.NoError(p.t, err)
			points[point[0].(float64)] = value
		}
		all = append(all, series{one.Metric, points})
	}
	return all
}

// now gives a query's result of this moment.
func (p prometheus) now(query string) []series {
	p.t.Helper()
	return p.result("/api/v1/query", url.Values{"query": {query}})
}

// over gives a query's result of a time, at every so many seconds of it.
func (p prometheus) over(query string, from, to time.Time, step time.Duration) []series {
	p.t.Helper()
	return p.result("/api/v1/query_range", url.Values{"query": {query}, "step": {step.String()},
		"start": {strconv.FormatInt(from.Unix(), 10)}, "end": {strconv.FormatInt(to.Unix(), 10)}})
}

// holds reports whether a query that compares has a result.
func (p prometheus) holds(query string) bool { return len(p.now(query)) > 0 }

// page gives the metrics of a name as a worker's page has them.
func (p prometheus) page(names ...string) (page string) {
	p.t.Helper()
	for _, name := range names {
		for _, s := range p.now("sum without (instance, job) (" + name + ")") {
			var labels []string
			for _, label := range slices.Sorted(maps.Keys(s.labels)) {
				labels = append(labels, fmt.Sprintf("%s=%q", label, s.labels[label]))
			}
			for _, value := range s.points {
				page += fmt.Sprintf("%s{%s} %g\n", name, strings.Join(labels, ","), value)
			}
		}
	}
	return page
}

// rule is an alert rule as Prometheus holds it.
type rule struct{ Name, Query, Health, LastError string }

func (p prometheus) rules() []rule {
	p.t.Helper()
	var answer struct {
		Data struct{ Groups []struct{ Rules []rule } }
	}
	if text := p.ask("/api/v1/rules", nil); text != nil {
		require.NoError(p.t, json.Unmarshal(text, &answer))
	}
	var all []rule
	for _, group := range answer.Data.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// alerts are the names of the alerts that fired in a time.
func (p prometheus) alerts(from, to time.Time) (names []string) {
	p.t.Helper()
	for _, s := range p.over(`ALERTS{alertstate="firing"}`, from, to, time.Second) {
		names = append(names, s.labels["alertname"])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// says reports whether one of the series has a number in it.
func says(all []series) bool {
	return slices.ContainsFunc(all, func(s series) bool {
		for _, value := range s.points {
			if !math.IsNaN(value) {
				return true
			}
		}
		return false
	})
}

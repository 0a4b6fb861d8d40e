package e2e

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/sandbox/browser"
)

const (
	outageHead = `# An outage, seen from outside

Dynamics answers nothing but 503 in the middle of a run of 3,000 contacts, until the alert fires and every step has been tried again: what Debian's Prometheus has scraped twice a second from the
worker, by ` + "`go test ./sandbox/e2e -run SeesARunThroughAnOutage -screens docs`" + ` (it needs Chromium), which without the flag checks that every query of
the [dashboard](../deploy/grafana/audienceflow.json) has an answer and that the counters are the reports' numbers. Rates are of two seconds, and the
[rules](../deploy/prometheus/rules.yaml) look back by seconds, not by minutes. The run needs nobody: it tries again, less and less often, and ends with a match; a stream of
100 contacts and the same file once more come after it. What the metrics say is in [monitoring.md](monitoring.md), what a status means in
[operations.md](operations.md#what-a-status-means).

![Prometheus during the outage](screens/outage.png)

`
	outageStep = 2 * time.Second
	firing     = `count(ALERTS{alertstate="firing", alertname="` + unreachable + `"})`
)

// outageColumns are panels of the dashboard, and the alert.
var outageColumns = []struct{ title, query string }{
	{"contacts sent a second", `sum(rate(audienceflow_sent_contacts_total[2s]))`},
	{"answers 2xx a second", `sum(rate(audienceflow_dynamics_requests_total{status=~"2.."}[2s]))`},
	{"answers 503 a second", `sum(rate(audienceflow_dynamics_requests_total{status="503"}[2s]))`},
	{"in flight", `sum(audienceflow_dynamics_requests_in_flight)`},
	{"limit", `sum(audienceflow_dynamics_concurrency_limit)`},
	{"failed tries at batches, so far", `sum(audienceflow_batch_seconds_count{result="failed"})`},
	{"alert fires", firing},
}

// outagePage is a table of what an operator sees.
func outagePage(p prometheus, from, to time.Time) string {
	var text strings.Builder
	text.WriteString("| second |")
	for _, column := range outageColumns {
		text.WriteString(" " + column.title + " |")
	}
	text.WriteString("\n|" + strings.Repeat(" ---: |", len(outageColumns)+1) + "\n")
	values := make([]map[float64]float64, len(outageColumns))
	for i, column := range outageColumns {
		for _, s := range p.over(column.query, from, to, outageStep) {
			values[i] = s.points
		}
	}
	for second := 0.0; second <= to.Sub(from).Seconds(); second += outageStep.Seconds() {
		fmt.Fprintf(&text, "| %.0f |", second)
		for i, column := range outageColumns {
			value, known := values[i][float64(from.Unix())+second]
			switch {
			case column.query == firing && known:
				text.WriteString(" yes |")
			case known:
				text.WriteString(" " + strconv.FormatFloat(math.Round(10*value)/10, 'f', -1, 64) + " |")
			default:
				text.WriteString(" |")
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

// keepOutage writes docs/outage.md and its picture, of Prometheus' own page.
func keepOutage(t *testing.T, p prometheus, table string, from time.Time) {
	t.Helper()
	require.NoError(t, os.WriteFile(inPictures("outage.md"), []byte(outageHead+table), 0o644))
	b := startBrowser(t)
	require.NotNil(t, b)
	parameters := url.Values{}
	for i, query := range []string{
		`sum by (status) (rate(audienceflow_dynamics_requests_total[2s]))`,
		`sum by (outcome) (rate(audienceflow_sent_contacts_total[2s]))`,
		`ALERTS{alertname="` + unreachable + `"}`,
	} {
		for name, value := range map[string]string{
			"expr": query, "tab": "0", "range_input": fmt.Sprintf("%.0fs", time.Since(from).Seconds()), "step_input": "1",
		} {
			parameters.Set(fmt.Sprintf("g%d.%s", i, name), value)
		}
	}
	look(t, b, p.url+"/classic/graph?"+parameters.Encode(), browser.View{Width: 1280, Height: 2460}, []string{unreachable, "503", "activated"},
		func(ctx context.Context, page *browser.Page, _ string) {
			picture(ctx, t, page, inPictures("screens", "outage.png"))
		})
}

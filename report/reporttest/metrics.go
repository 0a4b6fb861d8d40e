package reporttest

import (
	"fmt"
	"strconv"
	"strings"

	"audienceflow/runs"
)

// CheckMetrics says which number of a worker's metrics, as Prometheus reads them, is not that of
// the reports of the runs that it has ended, or of their validations.
func CheckMetrics(page, destination string, reports ...runs.Report) error {
	want := map[string]int64{}
	count := func(n int64, metric string, labels ...string) {
		want[fmt.Sprintf("audienceflow_%s_total{destination=%q,%s}", metric, destination, strings.Join(labels, ","))] += n
	}
	for _, outcome := range []string{
		runs.OutcomeActivated, runs.OutcomeUnchanged, runs.OutcomeSuperseded, runs.OutcomeExcluded, runs.OutcomeFailed,
	} {
		count(0, "contacts", label("outcome", outcome))
	}
	for _, r := range reports {
		count(1, "runs", label("kind", r.Kind), label("status", r.Status))
		if r.Validation != nil {
			count(1, "validations", label("verdict", r.Validation.Verdict))
		}
		if r.Kind == runs.KindPlan {
			continue // it has decided nothing
		}
		for outcome, n := range map[string]int64{
			runs.OutcomeActivated: r.Activated, runs.OutcomeUnchanged: r.Unchanged, runs.OutcomeSuperseded: r.Superseded,
			runs.OutcomeExcluded: r.Excluded, runs.OutcomeFailed: r.Failed,
		} {
			count(n, "contacts", label("outcome", outcome))
		}
	}
	return compare(page, destination, want)
}

func label(name, value string) string { return fmt.Sprintf("%s=%q", name, value) }

// compare looks at each line of a page that counts contacts, runs or validations of a destination.
func compare(page, destination string, want map[string]int64) error {
	for _, line := range strings.Split(page, "\n") {
		name, value, _ := strings.Cut(line, "} ")
		name += "}"
		metric, _, _ := strings.Cut(name, "{")
		switch metric {
		case "audienceflow_contacts_total", "audienceflow_runs_total", "audienceflow_validations_total":
		default:
			continue
		}
		if !strings.Contains(name, label("destination", destination)) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("%s is no number: %w", line, err)
		}
		if want[name] != int64(n) {
			return fmt.Errorf("%s is %s in the metrics, %d by the reports", name, value, want[name])
		}
		delete(want, name)
	}
	for name, n := range want {
		if n != 0 {
			return fmt.Errorf("%s is %d by the reports and not among the metrics", name, n)
		}
	}
	return nil
}

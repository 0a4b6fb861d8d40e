package report_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/report"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
)

// kinds of run that have reports.
var kinds = []string{
	runs.KindActivate, runs.KindPlan, runs.KindReplay, runs.KindRepair, runs.KindUnmap, runs.KindStream,
}

var statuses = []string{
	runs.StatusRunning, runs.StatusPausing, runs.StatusPaused, runs.StatusWaiting, runs.StatusCompleted,
	runs.StatusFailed, runs.StatusCanceled,
}

// anyReport is a report of a kind whose numbers add up, as the store counts them.
func anyReport(random *rand.Rand, kind string) runs.Report {
	some := func() int64 { return random.Int64N(1 << (1 + random.IntN(34))) }
	ended := time.Now()
	r := runs.Report{
		Run: "run", WorkflowID: kind + "/d/a", Kind: kind, Destination: "d", Audience: "a", Column: "acme_vip", StartedAt: ended,
		Status: statuses[random.IntN(len(statuses))], Batches: 3,
	}
	changed, exited, missing, since, plugin := some(), some(), some(), some(), some()
	r.Numbers = runs.Numbers{
		Activated: changed + exited, Unchanged: some(), Superseded: some(), Excluded: missing + since, Failed: plugin, Ignored: some(),
		Warnings: some(), ByStatus: runs.ByStatus{Realized: changed, Exited: exited},
		Reasons: map[string]int64{"contact_not_found": missing, runs.ReasonChangedSince: since, "plugin_error": plugin},
	}
	r.Duplicates = r.Superseded / 2
	if random.IntN(2) == 0 {
		r.HeldBack = random.Int64N(1 + r.Activated + r.Unchanged)
	}
	if r.Ended() {
		r.EndedAt = &ended
	}
	if r.Status != runs.StatusCompleted {
		r.Pending = some()
	}
	if kind == runs.KindPlan && random.IntN(2) == 0 {
		r.Plans = runs.KindUnmap
	}
	r.Received = r.Activated + r.Unchanged + r.Superseded + r.Excluded + r.Failed + r.Pending
	if random.IntN(2) == 0 {
		v := runs.Validation{Scope: runs.ScopeRun, Matched: some(), Mismatched: some(), Missing: some(), Unexpected: some()}
		v.Expected, v.Verdict = v.Matched+v.Mismatched+v.Missing, runs.VerdictMismatch
		r.Validation = &v
	}
	return r
}

func TestNumbersAreTheSameAndAddUpWhereverTheyAreShown(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			for range 500 {
				r := anyReport(random, kind)
				require.NoError(t, reporttest.Check(r), "%+v", r)
			}
		})
	}
}

// TestNumbersThatAreWrongAreFound plants the faults that the property is there for.
func TestNumbersThatAreWrongAreFound(t *testing.T) {
	for name, spoil := range map[string]func(r *runs.Report){
		"a row counted twice":    func(r *runs.Report) { r.Activated++ },
		"a row lost":             func(r *runs.Report) { r.Received++ },
		"a reason counted twice": func(r *runs.Report) { r.Reasons["plugin_error"]++ },
		"more rows held back":    func(r *runs.Report) { r.HeldBack = r.Activated + r.Unchanged + 1 },
		"a reason forgotten":     func(r *runs.Report) { delete(r.Reasons, "contact_not_found") },
	} {
		r := anyReport(rand.New(rand.NewPCG(3, 4)), runs.KindActivate)
		r.Reasons["contact_not_found"]++
		r.Excluded++
		r.Received++
		require.NoError(t, reporttest.Check(r), name)
		spoil(&r)
		require.Error(t, reporttest.Check(r), name)
	}
}

// number is a number as people see it.
var number = regexp.MustCompile(`\d[\d,]*`)

func TestProgressCountsWhatIsSettled(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, kind := range kinds {
		for range 200 {
			r := anyReport(random, kind)
			if r.Received == 0 || r.Reason != "" {
				continue
			}
			numbers := number.FindAllString(strings.SplitN(report.Progress(r), ": ", 3)[2], -1)
			if kind == runs.KindPlan && !r.Ended() {
				require.Equal(t, []string{report.Count(r.Received)}, numbers, "nothing of a plan is settled before its end")
				continue
			}
			require.Equal(t, []string{report.Count(r.Received - r.Pending), report.Count(r.Received), report.Count(r.Activated), report.Count(r.Failed)}, numbers)
		}
	}
}

func TestThousandsAreSeparated(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 100_000: "100,000", -100: "-100"} {
		require.Equal(t, want, report.Count(n))
	}
	require.Equal(t, "1 row", report.Counted(1, "row"))
	require.Equal(t, "12,000 rows", report.Counted(12_000, "row"))
}

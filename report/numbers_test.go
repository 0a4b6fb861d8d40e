package report

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
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
func anyReport(random *rand.Rand, kind string) activities.Report {
	some := func() int64 { return random.Int64N(1 << (1 + random.IntN(34))) }
	ended := time.Now()
	r := activities.Report{
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
		v := activities.Validation{Scope: activities.ScopeRun, Matched: some(), Mismatched: some(), Missing: some(), Unexpected: some()}
		v.Expected, v.Verdict = v.Matched+v.Mismatched+v.Missing, runs.VerdictMismatch
		r.Validation = &v
	}
	return r
}

// number is a number as people see it.
var number = regexp.MustCompile(`\d[\d,]*`)

func numberIn(text string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(number.FindString(text), ",", ""), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// shown are the numbers by their names as a terminal shows them.
func shown(text string) map[string]int64 {
	found := map[string]int64{}
	for _, line := range strings.Split(text, "\n") {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if value = strings.TrimSpace(value); ok && value != "" && value[0] >= '0' && value[0] <= '9' {
			found[name] = numberIn(value)
		}
	}
	return found
}

// shownInUI are the numbers by their names as Temporal's UI shows them.
func shownInUI(markdown string) map[string]int64 {
	found := map[string]int64{}
	plain := strings.NewReplacer("**", "", `\`, "")
	for _, line := range strings.Split(plain.Replace(markdown), "\n") {
		var name, value string
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			name, value = strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		} else if item, ok := strings.CutPrefix(line, "* "); ok {
			name, value, _ = strings.Cut(item, ": ")
		}
		if value != "" && value[0] >= '0' && value[0] <= '9' {
			found[name] = numberIn(value)
		}
	}
	return found
}

// check says which number of a report does not hold where it is shown.
func check(r activities.Report) error {
	sheet := Of(r, time.UTC)
	terminal, ui := shown(sheet.text()), shownInUI(sheet.Markdown())
	for name, n := range terminal {
		if other, ok := ui[name]; name != "started" && name != "ended" && (!ok || other != n) {
			return fmt.Errorf("%s is %d on the terminal, %d in the UI", name, n, other)
		}
	}
	changed := changedWord(r)
	var sum int64
	for _, name := range []string{changed, "unchanged", "superseded", "excluded", "failed", "pending"} {
		n, ok := terminal[name]
		if !ok {
			return fmt.Errorf("%s is not shown", name)
		}
		sum += n
	}
	if sum != terminal["received"] {
		return fmt.Errorf("received %d is not the sum %d", terminal["received"], sum)
	}
	var reasons int64
	for reason := range r.Reasons {
		reasons += terminal[reason]
	}
	if reasons != terminal["excluded"]+terminal["failed"] {
		return fmt.Errorf("the reasons count %d rows", reasons)
	}
	return sameInJSON(r, terminal)
}

// sameInJSON compares what is shown with the document that programs read.
func sameInJSON(r activities.Report, terminal map[string]int64) error {
	text, err := json.Marshal(Complete(r))
	if err != nil {
		return err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return err
	}
	names := map[string]string{"received": "received", "activated": changedWord(r), "unchanged": "unchanged", "superseded": "superseded",
		"excluded": "excluded", "failed": "failed", "pending": "pending", "ignored": "ignored", "warnings": "warnings"}
	if unmaps(r) {
		names["cleared"], names["kept"] = changedWord(r), "kept"
	}
	for field, name := range names {
		if n, ok := document[field].(float64); !ok || int64(n) != terminal[name] {
			return fmt.Errorf("%s is %v in JSON and %d on the terminal", field, document[field], terminal[name])
		}
	}
	return nil
}

func TestNumbersAreTheSameAndAddUpWhereverTheyAreShown(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			for range 500 {
				r := anyReport(random, kind)
				require.NoError(t, check(r), "%+v", r)
			}
		})
	}
}

// TestNumbersThatAreWrongAreFound plants the faults that the property is there for.
func TestNumbersThatAreWrongAreFound(t *testing.T) {
	for name, spoil := range map[string]func(r *activities.Report){
		"a row counted twice":    func(r *activities.Report) { r.Activated++ },
		"a row lost":             func(r *activities.Report) { r.Received++ },
		"a reason counted twice": func(r *activities.Report) { r.Reasons["plugin_error"]++ },
		"a reason forgotten":     func(r *activities.Report) { delete(r.Reasons, "contact_not_found") },
	} {
		r := anyReport(rand.New(rand.NewPCG(3, 4)), runs.KindActivate)
		r.Reasons["contact_not_found"]++
		r.Excluded++
		r.Received++
		require.NoError(t, check(r), name)
		spoil(&r)
		require.Error(t, check(r), name)
	}
}

func TestProgressCountsWhatIsSettled(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, kind := range kinds {
		for range 200 {
			r := anyReport(random, kind)
			if r.Received == 0 || r.Reason != "" {
				continue
			}
			numbers := number.FindAllString(strings.SplitN(Progress(r), ": ", 3)[2], -1)
			if kind == runs.KindPlan && !r.Ended() {
				require.Equal(t, []string{Count(r.Received)}, numbers, "nothing of a plan is settled before its end")
				continue
			}
			require.Equal(t, []string{Count(r.Received - r.Pending), Count(r.Received), Count(r.Activated), Count(r.Failed)}, numbers)
		}
	}
}

func TestThousandsAreSeparated(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 100_000: "100,000", -100: "-100"} {
		require.Equal(t, want, Count(n))
	}
	require.Equal(t, "1 row", Counted(1, "row"))
	require.Equal(t, "12,000 rows", Counted(12_000, "row"))
}

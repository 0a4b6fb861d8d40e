// Package reporttest reads the numbers of a report where people and programs see them, for tests:
// on a terminal, in Temporal's UI and in JSON.
package reporttest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"audienceflow/report"
	"audienceflow/runs"
)

// number is a number as people see it.
var number = regexp.MustCompile(`\d[\d,]*`)

func numberIn(text string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(number.FindString(text), ",", ""), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// Shown are the numbers by their names as a terminal shows them.
func Shown(text string) map[string]int64 {
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

// Check says which number of a report does not hold where it is shown.
func Check(r runs.Report) error {
	sheet := report.Of(r, time.UTC)
	var text strings.Builder
	if err := sheet.Terminal(&text, func(word string) string { return word }); err != nil {
		return err
	}
	terminal, ui := Shown(text.String()), shownInUI(sheet.Markdown())
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
	if terminal["held back"] > terminal[changed]+terminal["unchanged"] {
		return fmt.Errorf("%d rows held back are more than were %s or unchanged", terminal["held back"], changed)
	}
	var reasons int64
	for reason := range r.Reasons {
		reasons += terminal[reason]
	}
	if reasons != terminal["excluded"]+terminal["failed"] {
		return fmt.Errorf("the reasons count %d rows", reasons)
	}
	if err := checkProgress(r); err != nil {
		return err
	}
	if r.Validation != nil {
		if err := CheckValidation(*r.Validation); err != nil {
			return err
		}
	}
	return sameInJSON(r, terminal)
}

// checkProgress compares the one line about a run with its report.
func checkProgress(r runs.Report) error {
	line := report.Progress(r)
	want := fmt.Sprintf("%s of %s", report.Count(r.Received-r.Pending), report.Counted(r.Received, "row"))
	if r.Kind == runs.KindPlan && !r.Ended() {
		want = report.Counted(r.Received, "row") + " staged"
	} else {
		want += fmt.Sprintf(" %s, %s %s, %s failed", map[bool]string{true: "planned", false: "settled"}[r.Kind == runs.KindPlan],
			report.Count(r.Activated), changedWord(r), report.Count(r.Failed))
	}
	if r.Received > 0 && !strings.Contains(line, want) {
		return fmt.Errorf("the line %q does not say %q", line, want)
	}
	return nil
}

// CheckValidation says which number of a validation does not hold where it is shown.
func CheckValidation(v runs.Validation) error {
	if v.Expected != v.Matched+v.Mismatched+v.Missing {
		return fmt.Errorf("expected %d is not matched %d + mismatched %d + missing %d", v.Expected, v.Matched, v.Mismatched, v.Missing)
	}
	text := report.Verdict(v)
	want := []int64{v.Expected, v.Matched, v.Mismatched, v.Missing, v.Unexpected}
	if v.Scope == runs.ScopeRun && v.Expected == 0 {
		want = want[4:]
	}
	var shown []int64
	for _, n := range number.FindAllString(text, -1) {
		shown = append(shown, numberIn(n))
	}
	if !slices.Equal(shown, want) {
		return fmt.Errorf("%q does not show %v", text, want)
	}
	if !strings.Contains(report.ValidationMarkdown(v), strings.ReplaceAll(text, "_", `\_`)) {
		return fmt.Errorf("the UI does not show %q", text)
	}
	return nil
}

// sameInJSON compares what is shown with the document that programs read.
func sameInJSON(r runs.Report, terminal map[string]int64) error {
	text, err := json.Marshal(report.Complete(r))
	if err != nil {
		return err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return err
	}
	names := map[string]string{"received": "received", "activated": changedWord(r), "unchanged": "unchanged", "superseded": "superseded",
		"excluded": "excluded", "failed": "failed", "pending": "pending", "ignored": "ignored", "warnings": "warnings"}
	if r.HeldBack > 0 {
		names["heldBack"] = "held back"
	}
	if r.Kind == runs.KindUnmap || r.Plans == runs.KindUnmap {
		names["cleared"], names["kept"] = changedWord(r), "kept"
	}
	for field, name := range names {
		if n, ok := document[field].(float64); !ok || int64(n) != terminal[name] {
			return fmt.Errorf("%s is %v in JSON and %d on the terminal", field, document[field], terminal[name])
		}
	}
	return nil
}

// changedWord names the rows that a run of its kind has changed.
func changedWord(r runs.Report) string {
	switch {
	case r.Kind == runs.KindUnmap:
		return "cleared"
	case r.Plans == runs.KindUnmap:
		return "would be cleared"
	case r.Kind == runs.KindPlan:
		return "would be updated"
	}
	return "activated"
}

// Back says which number of a run has gone back from one look at it to the next: what is settled
// stays so.
func Back(before, after runs.Report) error {
	if after.Pending > before.Pending && before.Received == after.Received {
		return fmt.Errorf("pending went from %d up to %d", before.Pending, after.Pending)
	}
	for name, of := range map[string]func(r runs.Report) int64{
		"received":   func(r runs.Report) int64 { return r.Received },
		"activated":  func(r runs.Report) int64 { return r.Activated },
		"realized":   func(r runs.Report) int64 { return r.ByStatus.Realized },
		"exited":     func(r runs.Report) int64 { return r.ByStatus.Exited },
		"unchanged":  func(r runs.Report) int64 { return r.Unchanged },
		"superseded": func(r runs.Report) int64 { return r.Superseded },
		"excluded":   func(r runs.Report) int64 { return r.Excluded },
		"failed":     func(r runs.Report) int64 { return r.Failed },
		"warnings":   func(r runs.Report) int64 { return r.Warnings },
		"held back":  func(r runs.Report) int64 { return r.HeldBack },
		"done":       func(r runs.Report) int64 { return int64(r.BatchesDone) },
	} {
		if name == "done" && after.NumbersFrom != before.NumbersFrom {
			continue // a batch is done in the store before its run has heard of it
		}
		if of(after) < of(before) {
			return fmt.Errorf("%s went from %d back to %d", name, of(before), of(after))
		}
	}
	return nil
}

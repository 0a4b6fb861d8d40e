package command

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"audienceflow/activities"
)

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []activities.Report) error {
	a.addDetails(reports)
	if a.Format == "json" {
		return printJSON(a, reports)
	}
	for i, r := range reports {
		if i > 0 {
			a.printf("\n")
		}
		a.printReport(r)
	}
	return nil
}

// printReport is a report for people; its numbers add up line by line.
func (a *App) printReport(r activities.Report) {
	t := a.table()
	row := func(name, format string, args ...any) { t.row(name, fmt.Sprintf(format, args...)) }
	row("run", "%s  (%s)", orDefault(r.Run, "-"), r.WorkflowID)
	row("audience", "%s -> %s, %s", orDefault(r.Name, r.Audience), r.Destination, columnText(r))
	row("status", "%s", statusText(r))
	if r.Reason != "" {
		row("reason", "%s", r.Reason)
	}
	if r.Retrying != "" {
		row("retrying", "%s", r.Retrying)
	}
	if r.By != "" && r.Since != nil {
		row("by", "%s, since %s", r.By, r.Since.Local().Format(timeForm))
	}
	if r.Stream != nil {
		row("backlog", "%d profiles, the oldest waiting for %s", r.Stream.Backlog, secondsText(r.Stream.LagSeconds))
	}
	if r.NumbersFrom != activities.NumbersNowhere {
		numberRows(row, r)
	}
	for _, note := range r.Notes {
		row("note", "%s", note)
	}
	if r.Kind == activities.KindPlan && r.Ended() {
		row("forecast", "%s", forecastText(r))
		if r.DailyRows != nil {
			row("daily rows", "%s", budgetText(*r.DailyRows))
		}
	}
	if !r.StartedAt.IsZero() {
		row("started", "%s", r.StartedAt.Local().Format(timeForm))
	}
	if r.EndedAt != nil {
		row("ended", "%s  (%s)", r.EndedAt.Local().Format(timeForm), r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond))
	}
	if r.Validation != nil {
		row("validation", "%s", verdictText(*r.Validation))
		if r.Validation.Scope == activities.ScopeRun {
			row("  whole column", "%s", countsText(*r.Validation))
		}
	}
	_ = t.end() // what cannot be printed any more is nobody's loss
	if hint := emptyHint(r); hint != "" {
		a.printf("\n%s\n", hint)
	}
	if r.Failed+r.Excluded > 0 {
		a.printf("\nRejected rows, with cause and action: starter rejected %s\n", r.Run)
	}
	if r.Warnings > 0 {
		a.printf("\nValues left out, with their causes: starter rejected %s --warnings\n", r.Run)
	}
	if hint := hintOf(r); hint != "" {
		a.printf("\n%s\n", hint)
	}
}

// numberRows are the numbers of a report, and why rows were excluded or failed.
func numberRows(row func(name, format string, args ...any), r activities.Report) {
	row("received", "%d", r.Received)
	row("  "+activatedWord(r), "%d  (realized %d, exited %d)", r.Activated, r.ByStatus.Realized, r.ByStatus.Exited)
	row("  unchanged", "%d", r.Unchanged)
	row("  superseded", "%d%s", r.Superseded, supersededBy(r))
	row("  excluded", "%d", r.Excluded)
	row("  failed", "%d", r.Failed)
	row("  pending", "%d", r.Pending)
	if len(r.Reasons) > 0 {
		row("reasons", "%s", "of the excluded and failed rows:")
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		row("  "+reason, "%d", r.Reasons[reason])
	}
	if r.WithoutConsent > 0 {
		row("without consent", "%d  (of received: members who take part as exits)", r.WithoutConsent)
	}
	row("ignored", "%d", r.Ignored)
	row("warnings", "%d", r.Warnings)
}

// emptyHint says what is likely wrong with a run that has found nothing to do.
func emptyHint(r activities.Report) string {
	switch {
	case r.Received > 0 || r.Status != activities.StatusCompleted:
		return ""
	case r.Ignored > 0:
		return fmt.Sprintf("None of the source's %d records is a member of audience %s: are audience and namespace right? They are the source's own ids, letter by letter.", r.Ignored, r.Audience)
	case r.Kind == activities.KindActivate || r.Kind == activities.KindPlan:
		return "The source holds no records."
	}
	return ""
}

func statusText(r activities.Report) string {
	if r.Phase == "" {
		return r.Status
	}
	return fmt.Sprintf("%s, %s", r.Status, r.Phase)
}

// supersededBy says why rows were superseded.
func supersededBy(r activities.Report) string {
	if r.Superseded == 0 {
		return ""
	}
	return fmt.Sprintf("  (%d overtaken by another row of the source, %d not newer than what was exported)", r.Duplicates, r.Superseded-r.Duplicates)
}

// activatedWord names the rows that were sent, or that a dry run would send.
func activatedWord(r activities.Report) string {
	if r.Kind == activities.KindPlan {
		return "would be updated"
	}
	return "activated"
}

// columnText is the column that a run writes, or what it was asked for as long as that has not been looked up.
func columnText(r activities.Report) string {
	if r.Column == "" {
		return "mappingId " + r.MappingID + " (its column was not looked up yet)"
	}
	return "column " + r.Column
}

// verdictText also says what was read back where that is not everything.
func verdictText(v activities.Validation) string {
	scope := ""
	if v.Scope == activities.ScopeRun {
		scope = "  (of what this run wrote)"
	}
	return fmt.Sprintf("%s: expected %d = matched %d + mismatched %d + missing %d; unexpected %d%s",
		v.Verdict, v.Expected, v.Matched, v.Mismatched, v.Missing, v.Unexpected, scope)
}

// countsText compares the words in the whole column with the ledger's.
func countsText(v activities.Validation) string {
	return fmt.Sprintf("realized: expected %d, actual %d; exited: expected %d, actual %d", v.ByStatus.Realized.Expected,
		v.ByStatus.Realized.Actual, v.ByStatus.Exited.Expected, v.ByStatus.Exited.Actual)
}

// forecastText says what a plan's rows would take.
func forecastText(r activities.Report) string {
	requests := counted(r.Requests, "request")
	switch {
	case r.Requests == 0:
		return requests
	case r.Minutes < 1:
		return requests + ", less than a minute"
	}
	return fmt.Sprintf("%s, about %.1f minutes", requests, r.Minutes)
}

// budgetText says how the rows to be sent fit into DYNAMICS_DAILY_ROWS.
func budgetText(d activities.DailyRows) string {
	text := fmt.Sprintf("%d to send; of %d in 24 hours %d are used and %d left", d.ToSend, d.Limit, d.Used, d.Left)
	if d.Until == nil {
		return text
	}
	return fmt.Sprintf("%s: the run would send those and wait, about %.1f hours in all", text, d.WaitMinutes/60)
}

// hintOf is the command that a held run waits for, or that shows what a validation has found.
func hintOf(r activities.Report) string {
	switch {
	case r.DestinationPaused:
		return fmt.Sprintf("Go on: starter resume --destination %s    End this run: starter cancel %s", r.Destination, r.WorkflowID)
	case r.Status == activities.StatusPaused, r.Status == activities.StatusPausing:
		return fmt.Sprintf("Go on: starter resume %s    End it: starter cancel %s", r.WorkflowID, r.WorkflowID)
	case r.Status == activities.StatusWaiting:
		end := "End it"
		if r.BatchesDone == 0 && r.Activated == 0 {
			end = "End it, with nothing written"
		}
		return fmt.Sprintf("Let it go on: starter approve %s    %s: starter cancel %s", r.WorkflowID, end, r.WorkflowID)
	case r.Validation != nil && r.Validation.Verdict == activities.VerdictMismatch:
		return mismatchHint(*r.Validation)
	}
	return ""
}

// mismatchHint says what can be done: a repair writes what the ledger says, and of unexpected contacts it says nothing.
func mismatchHint(v activities.Validation) string {
	hint := "The contacts that differ: starter validate -f FILE"
	if v.Unexpected == 0 || v.Mismatched+v.Missing > 0 {
		hint += "    Mend them: starter validate -f FILE --repair"
	}
	if v.Unexpected > 0 {
		hint += "    Unexpected ones hold a word that no run has written: clear it in Dynamics, or let the source name them"
	}
	return hint
}

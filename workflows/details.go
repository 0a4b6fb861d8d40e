package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// show brings what the Temporal UI shows up to date: the details at every change, the search attributes when the status
// is another.
func (a *activation) show(ctx workflow.Context) {
	a.progress++
	r, _ := a.status()
	workflow.SetCurrentDetails(ctx, runDetails(r))
	if r.Status == a.shownStatus {
		return
	}
	a.shownStatus = r.Status
	if r.NeedsPerson && r.Status != activities.StatusPausing {
		a.alertLater(ctx)
	}
	if err := tag(ctx, a.in.SearchAttributes, a.in.Activation, r.Status); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes could not be set", "error", err)
	}
}

// runDetails describes a run in Markdown, for someone who has never read the code.
func runDetails(r activities.Report) string {
	var text string
	add := func(format string, args ...any) { text += fmt.Sprintf(format, args...) }
	add("**%s**%s: audience `%s` into column `%s` of `%s`\n\n", r.Status, phaseText(r), r.Audience, columnText(r), r.Destination)
	if r.Reason != "" {
		add("> %s%s\n\n", strings.ReplaceAll(r.Reason, "\n", " "), whoText(r))
	}
	add("| | rows |\n|:--|--:|\n| **received** | **%d** |\n| activated | %d |\n| unchanged | %d |\n| superseded | %d |\n| excluded | %d |\n| failed | %d |\n| pending | %d |\n\n",
		r.Received, r.Activated, r.Unchanged, r.Superseded, r.Excluded, r.Failed, r.Pending)
	add("realized %d, exited %d; ignored %d, warnings %d; batches %d of %d\n",
		r.ByStatus.Realized, r.ByStatus.Exited, r.Ignored, r.Warnings, r.BatchesDone, r.Batches)
	if r.Superseded > 0 {
		add("superseded: %d overtaken by another row of the source, %d not newer than what was exported\n", r.Duplicates, r.Superseded-r.Duplicates)
	}
	if r.WithoutConsent > 0 {
		add("without consent: %d members who take part as exits\n", r.WithoutConsent)
	}
	if len(r.Reasons) > 0 {
		add("\n| reason | rows |\n|:--|--:|\n")
		for _, reason := range workflow.DeterministicKeys(r.Reasons) {
			add("| %s | %d |\n", reason, r.Reasons[reason])
		}
		add("\nRows and causes: `starter rejected %s`\n", r.Run)
	}
	for _, note := range r.Notes {
		add("\nNote: %s\n", strings.ReplaceAll(note, "\n", " "))
	}
	if r.Validation != nil {
		add("\n%s", validationDetails(*r.Validation))
	}
	if hint := nextStep(r); hint != "" {
		add("\n%s\n", hint)
	}
	return text
}

func phaseText(r activities.Report) string {
	if r.Phase == "" {
		return ""
	}
	return " (" + r.Phase + ")"
}

func columnText(r activities.Report) string {
	if r.Column == "" {
		return r.MappingID
	}
	return r.Column
}

func whoText(r activities.Report) string {
	if r.By == "" || r.Since == nil {
		return ""
	}
	return fmt.Sprintf(" (%s, since %s)", r.By, r.Since.Format("2006-01-02 15:04:05 MST"))
}

// nextStep is the command that the run waits for.
func nextStep(r activities.Report) string {
	switch {
	case r.DestinationPaused:
		return fmt.Sprintf("Go on: `starter resume --destination %s`. End this run: `starter cancel %s`.", r.Destination, r.WorkflowID)
	case r.Status == activities.StatusPaused:
		return fmt.Sprintf("Go on: `starter resume %s`. End it: `starter cancel %s`.", r.WorkflowID, r.WorkflowID)
	case r.Status == activities.StatusWaiting:
		return fmt.Sprintf("Let it go on: `starter approve %s`. End it%s: `starter cancel %s`.", r.WorkflowID, nothingWritten(r), r.WorkflowID)
	}
	return ""
}

// nothingWritten says so of a run that has not written anything yet.
func nothingWritten(r activities.Report) string {
	if r.Activated+r.Failed > 0 {
		return ""
	}
	return ", with nothing written"
}

// validationDetails describes a verdict in Markdown.
func validationDetails(v activities.Validation) string {
	scope := ""
	if v.Scope == activities.ScopeRun {
		scope = " of what this run wrote"
	}
	return fmt.Sprintf("Validation%s: **%s**: expected %d, matched %d, mismatched %d, missing %d, unexpected %d; the whole column: realized %d of %d, exited %d of %d\n",
		scope, v.Verdict, v.Expected, v.Matched, v.Mismatched, v.Missing, v.Unexpected,
		v.ByStatus.Realized.Actual, v.ByStatus.Realized.Expected, v.ByStatus.Exited.Actual, v.ByStatus.Exited.Expected)
}

package alerts

import (
	"fmt"

	"audienceflow/audience"
	"audienceflow/runs"
)

func (n News) name() string {
	if n.report.Name != "" {
		return n.report.Name
	}
	return n.report.Audience
}

func (n News) troubleText(why string) string {
	r := n.report
	more := "starter rejected " + r.Run
	if n.validates() {
		more = "starter validate -f FILE --repair"
	}
	return fmt.Sprintf("%s in %s: %s\nstarter status %s    %s", n.name(), r.Destination, why, r.WorkflowID, more)
}

func (n News) noticeText(word string) string {
	r := n.report
	if n.notice == audience.AlertStart {
		return fmt.Sprintf("%s: %s in %s (run %s)", word, n.name(), r.Destination, r.Run)
	}
	return fmt.Sprintf("%s: %s in %s: %s rows received%s (run %s)", word, n.name(), r.Destination, runs.Count(r.Received), outcomes(r), r.Run)
}

// outcomes are what became of the rows received, as the report calls it; those that no row came to
// are left out but for what was changed.
func outcomes(r runs.Report) string {
	text := fmt.Sprintf(", %s %s", runs.Count(r.Activated), r.ChangedWord())
	for _, part := range []struct {
		rows int64
		word string
	}{{r.Unchanged, "unchanged"}, {r.Superseded, "superseded"}, {r.Excluded, "excluded"}, {r.Failed, "failed"}, {r.Pending, "pending"}} {
		if part.rows > 0 {
			text += fmt.Sprintf(", %s %s", runs.Count(part.rows), part.word)
		}
	}
	return text
}

package command

import (
	"context"
	"fmt"
	"time"
)

// trouble says what keeps a run busy trying again: the last failure of a step that is being retried, or "".
func (a *App) trouble(ctx context.Context, id string) string {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return ""
	}
	for _, step := range described.GetPendingActivities() {
		failure := step.GetLastFailure()
		if step.GetAttempt() < 2 || failure == nil || step.GetActivityType().GetName() == "AwaitDestination" { // the report says so itself
			continue
		}
		text := fmt.Sprintf("%s, attempt %d: %s", step.GetActivityType().GetName(), step.GetAttempt(), failure.GetMessage())
		if next := step.GetScheduledTime(); next.IsValid() && next.AsTime().After(time.Now()) {
			text += fmt.Sprintf(" (again at %s)", next.AsTime().Local().Format(time.TimeOnly))
		}
		return text
	}
	return ""
}

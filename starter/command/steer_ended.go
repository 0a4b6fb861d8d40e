package command

import (
	"context"
	"fmt"

	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// steerable says why a workflow takes no order: it has ended, or is none that could be held.
func (a *App) steerable(ctx context.Context, signal workflows.Signal, id string) error {
	switch kind, destination, _, _ := workflows.SplitID(id); kind {
	case runs.KindValidate:
		return usage("%s only reads, and takes no order to %s: end it with \"starter cancel %s\"; what holds it with its destination is "+
			"\"starter pause --destination %s\"", id, signal.Name, id, destination)
	case kindHold:
		return usage("%s is the pause of destination %s: it is lifted with \"starter resume --destination %s\"", id, destination, destination)
	}
	if ended := a.ended(ctx, id); ended != nil {
		return endedAlready(*ended, signal.Name)
	}
	return nil
}

// endedAlready says of a run that it has ended, how, and what can be done instead of an order to
// it.
func endedAlready(l listed, order string) error {
	id := l.WorkflowID
	instead := fmt.Sprintf("\"starter status %s\" shows its report", id)
	switch again := startsAgain(l); {
	case order == "cancel":
		instead = fmt.Sprintf("\"starter status %s\" shows how", id)
	case l.Status == runs.StatusFailed:
		instead = fmt.Sprintf("\"starter status %s\" shows why; when that is mended, start it again with \"%s\"", id, again)
	case l.Status == runs.StatusCanceled:
		instead = fmt.Sprintf("\"starter status %s\" shows how far it came; to do the rest, start it again with \"%s\"", id, again)
	}
	return usage("%s has ended already, as %s on %s, so there is nothing to %s: %s", id, l.Status,
		l.EndedAt.Local().Format(report.TimeLayout), order, instead)
}

// startsAgain is the command that starts a run of its kind.
func startsAgain(l listed) string {
	switch l.Kind {
	case runs.KindPlan, runs.KindValidate, runs.KindUnmap:
		return "starter " + l.Kind + " -f FILE"
	case runs.KindRepair:
		return "starter validate -f FILE --repair"
	case runs.KindReplay:
		return "starter replay RUN"
	case runs.KindStream:
		return "starter serve"
	}
	return "starter activate -f FILE"
}

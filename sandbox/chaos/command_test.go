package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/workflows"
)

// commandTime bounds one starter command: it is tried again.
const commandTime = 90 * time.Second

// result is what a command left behind.
type result struct {
	code        int // -1: it did not end in time
	out, errOut string
}

// starter runs a command of the starter.
func (w *world) starter(ctx context.Context, args ...string) result {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(binaries, "starter"), args...)
	var out, errOut bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr = w.environment, w.folder, &out, &errOut
	err := command.Run()
	r := result{code: command.ProcessState.ExitCode(), out: out.String(), errOut: errOut.String()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.errOut += err.Error()
	}
	return r
}

// said is the last line that a command wrote to people.
func (r result) said() string {
	lines := strings.Split(strings.TrimSpace(r.errOut), "\n")
	return lines[len(lines)-1]
}

// document repeats a command until it prints the JSON that it is asked for.
func (w *world) document(ctx context.Context, into any, args ...string) bool {
	for ctx.Err() == nil {
		r := w.starter(ctx, append(args, "-o", "json")...)
		if r.out != "" && json.Unmarshal([]byte(r.out), into) == nil {
			return true
		}
		w.timeline.note("starter %s: exit %d: %s", strings.Join(args, " "), r.code, r.said())
		pause(ctx, time.Second)
	}
	w.timeline.fault("starter %s never answered", strings.Join(args, " "))
	return false
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// latest is the first run id of the latest run of a workflow id, "" when there is none. It asks
// until Temporal answers.
func (w *world) latest(ctx context.Context, id string) (run string, ok bool) {
	for ctx.Err() == nil {
		info, err := w.sdk.DescribeWorkflowExecution(ctx, id, "")
		switch {
		case err == nil:
			return info.GetWorkflowExecutionInfo().GetFirstRunId(), true
		case isNotFound(err):
			return "", true
		}
		pause(ctx, lookEvery)
	}
	return "", false
}

func isNotFound(err error) bool {
	var missing *serviceerror.NotFound
	return errors.As(err, &missing)
}

// begin has a command start a run under a workflow id, once, whatever the command itself hears of
// it.
func (w *world) begin(ctx context.Context, id string, args ...string) (run string) {
	before, ok := w.latest(ctx, id)
	for ok {
		r := w.starter(ctx, args...)
		var after string
		if after, ok = w.latest(ctx, id); ok && after != before {
			return after
		}
		w.timeline.note("starter %s: exit %d: %s", strings.Join(args, " "), r.code, r.said())
		pause(ctx, time.Second)
	}
	w.timeline.fault("starter %s never started a run", strings.Join(args, " "))
	return ""
}

// end waits until a run is over and gives its report, as the run itself returned it.
func (w *world) end(ctx context.Context, id, run string) (runs.Report, bool) {
	var report runs.Report
	for look := 0; ctx.Err() == nil; look++ {
		err := w.get(ctx, id, run, &report)
		var app *temporal.ApplicationError
		var canceled *temporal.CanceledError
		switch {
		case err == nil:
			return report, true
		case errors.As(err, &canceled) && canceled.HasDetails() && canceled.Details(&report) == nil:
			w.ended(report)
			return report, true
		case errors.As(err, &app) && app.HasDetails() && app.Details(&report) == nil:
			w.ended(report)
			if !w.placeOf(id).bouts.explain(run, report.Reason, *report.EndedAt, *report.EndedAt) {
				w.timeline.fault("%s (%s) has failed: %s", id, run, report.Reason)
			}
			return report, true
		}
		w.watch(ctx, id)
	}
	w.timeline.fault("%s (%s) never ended: %s", id, run, w.stuck(id))
	return report, false
}

// get waits a while for a workflow's result.
func (w *world) get(ctx context.Context, id, run string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return w.sdk.GetWorkflow(ctx, id, run).Get(ctx, into)
}

// ended keeps how a run has ended that has not completed.
func (w *world) ended(r runs.Report) {
	w.endings.Store(r.Run, r.Status)
	w.timeline.note("%s (%s) is %s: %s", r.WorkflowID, r.Run, r.Status, r.Reason)
	if !sound(r) {
		w.timeline.fault("the report of %s (%s) does not add up: %s", r.WorkflowID, r.Run, shown(r.Numbers))
	}
}

func (w *world) endedAs(run string) string {
	status, known := w.endings.Load(run)
	if !known {
		return ""
	}
	return status.(string)
}

// watch lets a run go on that has paused itself for what was to last, once that is mended. There is
// no other reason here to pause or to wait.
func (w *world) watch(ctx context.Context, id string) {
	report, ok := w.query(ctx, id)
	if !ok || !report.NeedsPerson || report.Since == nil || report.DestinationPaused { // which hides what else it is held for
		return
	}
	order, p := "resume", w.placeOf(id)
	if report.Status == runs.StatusWaiting {
		order = "approve"
	}
	if !p.bouts.explain(id, report.Reason, *report.Since, time.Now()) {
		w.timeline.fault("%s is %s: %s", id, report.Status, report.Reason)
	}
	if p.bouts.last() {
		return // nobody resumes it before that is mended
	}
	r := w.starter(ctx, order, id, "--reason", "chaos")
	w.timeline.note("%s %s, which was %s: %s: exit %d: %s", order, id, report.Status, report.Reason, r.code, r.said())
}

func (w *world) query(ctx context.Context, id string) (report runs.Report, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	value, err := w.sdk.QueryWorkflow(ctx, id, "", workflows.QueryStatus)
	return report, err == nil && value.Get(&report) == nil
}

// stuck tells what a run that does not end is at.
func (w *world) stuck(id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var text strings.Builder
	report, _ := w.query(ctx, id)
	state, _ := json.Marshal(report) // of plain fields
	text.Write(state)
	described, err := w.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return text.String() + err.Error()
	}
	for _, step := range described.GetPendingActivities() {
		text.WriteString("\n" + step.GetActivityType().GetName() + " " + enums.PendingActivityState_name[int32(step.GetState())] + " " +
			step.GetLastFailure().GetMessage())
	}
	return text.String()
}

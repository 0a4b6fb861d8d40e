package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// batchQueue knows which batches are still to be sent.
type batchQueue struct {
	next     int   // the first batch never begun
	last     int   // the last batch of the run
	again    []int // batches that gave back rows
	underWay int
}

func (q *batchQueue) empty() bool { return len(q.again) == 0 && q.next > q.last }

// take returns the next batch; those given back come first, so that a run's end is not held up by
// them.
func (q *batchQueue) take() int {
	q.underWay++
	if len(q.again) > 0 {
		n := q.again[0]
		q.again = q.again[1:]
		return n
	}
	q.next++
	return q.next - 1
}

func (q *batchQueue) giveBack(batch int) {
	q.again = append(q.again, batch)
	slices.Sort(q.again)
}

// send updates the contacts, batch by batch in a window, until none is pending. When the history is
// long it comes to rest and continues as new.
func (a *activation) send(ctx workflow.Context) error {
	a.phase(ctx, phaseSending)
	if a.sendFrom.IsZero() {
		a.sendFrom = workflow.Now(ctx)
	}
	l := &sendLoop{activation: a}
	defer func() { l.release() }()
	l.goOn(ctx)
	for {
		var move sendMove
		err := workflow.Await(ctx, func() bool {
			move = l.next(ctx)
			return move != moveNone
		})
		if err != nil {
			return a.awaitBatches(ctx, err)
		}
		switch move {
		case moveBegin:
			l.begin(ctx)
		case moveRest:
			if err := l.rest(ctx); err != nil {
				return err
			}
		case moveGoOn:
			l.goOn(ctx)
		case moveHandOver:
			return a.continueAsNew(ctx)
		case moveUpgrade:
			return errNewerVersion
		case moveEnd:
			return a.awaitBatches(ctx, a.over)
		case moveDone:
			return nil
		}
	}
}

// awaitBatches waits until what is under way has come to its end, then returns why.
func (a *activation) awaitBatches(ctx workflow.Context, cause error) error {
	apart, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if err := workflow.Await(apart, func() bool { return a.batches.underWay == 0 }); err != nil {
		return err
	}
	return cause
}

// update sends one batch. What it gives back is queued again; what only a person can mend pauses
// the run.
func (a *activation) update(ctx workflow.Context, batch int) {
	stepCtx, done := a.control.stoppable(ctx)
	summary := fmt.Sprintf("batch %d of %d", batch, a.report.Batches)
	var out activities.UpdateContactsResult
	err := workflow.ExecuteActivity(urgent(writeOptions(stepCtx, summary), urgency(a.toSend)), sending.UpdateContacts,
		activities.UpdateContactsInput{Run: a.report.Run, Batch: batch, OverBudget: a.control.OverBudget}).Get(ctx, &out)
	switch {
	case err == nil:
		a.adopt(ctx, batch, out)
		if out.DailyRows != nil {
			a.report.DailyRows = out.DailyRows
			a.control.waitForRows(ctx, *out.DailyRows)
		}
	case a.control.refused(ctx, err):
	case runOver(err):
		a.over = err
	case !interrupted(ctx, err):
		a.control.pauseSelf(ctx, mend(err, "run"))
	}
	if err != nil || out.Pending > 0 {
		a.batches.giveBack(batch)
	}
	a.batches.underWay--
	done()
}

// runOver tells that the store has ended the run, or lost its rows in an upgrade: nothing can mend
// that.
func runOver(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == activities.ErrRunOver
}

// adopt takes in the run's numbers, as the store counted them when a batch had ended. Answers
// overtake one another: rows once decided stay so, and therefore the fewest pending rows are the
// latest word.
func (a *activation) adopt(ctx workflow.Context, batch int, out activities.UpdateContactsResult) {
	before := a.report.Pending
	switch {
	case out.Run == nil:
		a.report.Numbers = a.sums.add(a.report.Numbers, batch, out)
	case out.Run.Pending <= a.report.Pending:
		a.report.Numbers = *out.Run
	}
	if out.Pending == 0 {
		a.report.BatchesDone++
	} else if a.report.Pending == before {
		a.tries++ // it was at it all its time and got nothing done
	}
	a.sends(ctx)
	a.retrying = ""
	a.show(ctx)
	if a.failuresSeen {
		return
	}
	if reason := failing(ctx, a.in.Activation.Guard, a.report.Numbers, a.unsent, a.toSend); reason != "" {
		a.failuresSeen = true
		a.control.pauseSelf(ctx, reason)
	}
}

// continueAsNew hands the run over with an empty history. Nothing is under way, and nothing yields
// after the drain.
func (a *activation) continueAsNew(ctx workflow.Context) error {
	a.control.drain(ctx)
	next := a.in
	next.State = &ActivateState{
		Report: a.report, Control: a.control.Control, Next: a.batches.next, Again: a.batches.again,
		Open: a.sums, FailuresSeen: a.failuresSeen, ToSend: a.toSend, Unsent: a.unsent, SendFrom: a.sendFrom, Delayed: a.delayed,
		Step: a.step, Told: a.display.status,
	}
	return continueOn(ctx, ActivateAudience, next)
}

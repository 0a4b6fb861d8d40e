package workflows

import "go.temporal.io/sdk/workflow"

// sendMove is what the sending of an activation does next.
type sendMove int

const (
	moveNone     sendMove = iota // nothing: batches are under way, or somebody holds the run
	moveBegin                    // begin the next batch
	moveRest                     // held, and nothing is under way any more: say so in the store
	moveGoOn                     // no longer held
	moveHandOver                 // continue as new: the history is long, or a newer version is current
	moveUpgrade                  // held, and a newer version of the workers is current: go over to it
	moveEnd                      // the store has ended the run
	moveDone                     // no row is pending
)

// sendLoop is the state of the sending beside the batches:
//
//	sending --moveRest--> resting --moveGoOn--> sending
//
// with moveBegin while it sends, and moveDone, moveHandOver, moveEnd (from both) and moveUpgrade
// (from resting) out of it.
type sendLoop struct {
	*activation
	resting bool
	begun   bool   // a batch, by this run of the workflow: none hands over before
	release func() // tells the controller that nothing is under way
}

// next is the move that the state allows. It changes nothing.
func (l *sendLoop) next(ctx workflow.Context) sendMove {
	idle := l.batches.underWay == 0
	switch {
	case l.over != nil:
		return moveEnd
	case idle && l.batches.empty():
		return moveDone
	case idle && l.handsOver(ctx):
		return moveHandOver
	case l.control.halted():
		return l.nextHalted(ctx, idle)
	case l.resting:
		return moveGoOn
	case l.batches.underWay < batchWindow && !l.batches.empty() && !l.handsOver(ctx):
		return moveBegin
	}
	return moveNone
}

// nextHalted is the move of a run that may not send.
func (l *sendLoop) nextHalted(ctx workflow.Context, idle bool) sendMove {
	switch {
	case idle && !l.resting:
		return moveRest
	case idle && l.control.movable(ctx):
		return moveUpgrade
	}
	return moveNone
}

func (l *sendLoop) handsOver(ctx workflow.Context) bool {
	return l.begun && (historyFull(ctx, l.in.HandOverEvents) || newerVersion(ctx))
}

// begin sends the next batch beside the others.
func (l *sendLoop) begin(ctx workflow.Context) {
	l.begun = true
	batch := l.batches.take()
	workflow.Go(ctx, func(ctx workflow.Context) { l.update(ctx, batch) })
}

// rest says in the store that the run is held: nothing of it is under way.
func (l *sendLoop) rest(ctx workflow.Context) error {
	if err := l.recordHeld(ctx); err != nil {
		return err
	}
	l.resting = true
	l.release()
	return nil
}

// goOn begins to send, or goes on: the time that the run was held does not count as late.
func (l *sendLoop) goOn(ctx workflow.Context) {
	if l.resting {
		l.sendFrom = workflow.Now(ctx)
	}
	l.resting = false
	l.rate.Begin(workflow.Now(ctx), l.report.Pending)
	_, l.release = l.control.stoppable(ctx)
}

package runlog

import (
	"errors"
	"fmt"
)

// ErrNoRun is the error of a run that the store does not know.
var ErrNoRun = errors.New("the store does not know this run: is STORE_URL the same for the starter and the worker, or has the run passed its retention?")

// SourceChanged says that a run has begun to read another version of its source.
type SourceChanged struct {
	Pinned, Found string
}

func (e *SourceChanged) Error() string {
	return fmt.Sprintf("the source changed while the run was reading it (it was %s, now it is %s): start the activation again when the source is complete",
		e.Pinned, e.Found)
}

// RunOver says that a run has ended in the store, so that no step of it may go on.
type RunOver struct {
	Run, Status, Reason string
}

func (e *RunOver) Error() string {
	return fmt.Sprintf("the run has ended as %s: %s", e.Status, e.Reason)
}

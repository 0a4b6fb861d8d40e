package store

import (
	"errors"
	"fmt"
)

// ErrNoRun is the error of a run that the store does not know.
var ErrNoRun = errors.New("the store does not know this run: is STORE_URL the same for the starter and the worker, or has the run passed its retention?")

// ErrNoBatch is the error of a batch that the store does not know.
var ErrNoBatch = errors.New("the store does not know this batch")

// ColumnTaken says that a status column belongs to another audience of the destination.
type ColumnTaken struct {
	Destination, Column string
	Audience, Namespace string // of the owner
}

func (e *ColumnTaken) Error() string {
	return fmt.Sprintf("column %s of destination %s belongs to audience %s (namespace %s): choose another mappingId, or free it with `starter unmap`",
		e.Column, e.Destination, e.Audience, e.Namespace)
}

// SourceChanged says that a run has begun to read another version of its source.
type SourceChanged struct {
	Pinned, Found string
}

func (e *SourceChanged) Error() string {
	return fmt.Sprintf("the source changed while the run was reading it (it was %s, now it is %s): start the activation again when the source is complete",
		e.Pinned, e.Found)
}

// LostAttempt says that another attempt has taken the batch over: stop, and book nothing.
type LostAttempt struct {
	BatchRef
	Attempt, Current int64
}

func (e *LostAttempt) Error() string {
	return fmt.Sprintf("attempt %d at batch %d was taken over by attempt %d: nothing was booked", e.Attempt, e.Batch, e.Current)
}

// RunOver says that a run has ended in the store, so that no step of it may go on.
type RunOver struct {
	Run, Status, Reason string
}

func (e *RunOver) Error() string {
	return fmt.Sprintf("the run has ended as %s: %s", e.Status, e.Reason)
}

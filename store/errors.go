package store

import (
	"errors"
	"fmt"
)

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

// LostAttempt says that another attempt has taken the batch over: stop, and book nothing.
type LostAttempt struct {
	BatchRef
	Attempt, Current int64
}

func (e *LostAttempt) Error() string {
	return fmt.Sprintf("attempt %d at batch %d was taken over by attempt %d: nothing was booked", e.Attempt, e.Batch, e.Current)
}

package store

import "fmt"

// LostAttempt says that another attempt has taken the batch over: stop, and book nothing.
type LostAttempt struct {
	BatchRef
	Attempt, Current int64
}

func (e *LostAttempt) Error() string {
	return fmt.Sprintf("attempt %d at batch %d was taken over by attempt %d: nothing was booked", e.Attempt, e.Batch, e.Current)
}

package store

import (
	"time"

	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/numbers"
	"audienceflow/store/staging"
)

// States of batches.
const (
	BatchPlanned = "planned" // nobody is at it
	BatchSending = "sending" // an attempt has taken rows; committed before its first request
	BatchDone    = "done"    // no pending row is left
)

// BatchRef names a batch: the number counts from 1 within its run.
type BatchRef struct {
	Run   string `json:"run"`
	Batch int    `json:"batch"`
}

func (r BatchRef) attempt(n int64) staging.Attempt {
	return staging.Attempt{Run: r.Run, Batch: r.Batch, Attempt: n}
}

// Taken is what one attempt may work on. Its contacts are in flight for the destination until they
// are booked or released.
type Taken struct {
	Attempt int64 // to be handed to ExtendLease, Book and FinishBatch
	Done    bool  // the batch was done before: nothing was taken
	Rows    []TakenRow
	// Recovered rows were taken by an earlier attempt that never said what became of them: read
	// them back, book those that are there. The others must not be sent before LeaseUntil
	// (LeaseLeft from now), because the earlier attempt may be at work still.
	Recovered  []TakenRow
	LeaseUntil time.Time     // of the earlier attempt; zero when there was none or it ended in order
	LeaseLeft  time.Duration // how much of it is left by the store's clock; 0: it has passed
	// Deferred rows stay pending because another batch has their contacts in flight; Blockers are
	// those batches.
	Deferred   int
	Blockers   []OpenBatch
	Superseded int // rows that were overtaken between planning and now
	Unchanged  int // rows that need nothing any more
}

// TakenRow is one contact to update. Book it as it was given.
type TakenRow struct {
	Contact string
	Exited  bool
	Changes []Change // status column first, then by column name; never empty

	update ledger.Update // what the ledgers hold once the changes are accepted
	policy *Policy       // that the row was taken by
}

// BatchCounts are how an attempt leaves its batch. Reasons are not counted.
type BatchCounts struct {
	runs.Numbers
	Done bool
	// InFlight are, of Pending, rows that were sent, and what became of them is not known; the
	// batch stays in `sending`.
	InFlight int64
}

// ofAttempt gives the numbers of a batch's page as the one who ends an attempt wants them.
func ofAttempt(n staging.Numbers, flying int) BatchCounts {
	b := numbers.OfBatch(n)
	return BatchCounts{Numbers: b, Done: b.Pending == 0 && flying == 0, InFlight: int64(flying)}
}

// OpenBatch is a batch in state sending: somebody is at it, or died at it.
type OpenBatch struct {
	BatchRef
	Destination string
	WorkflowID  string
	RunStatus   string
	Policy      Policy // of its run
	Attempt     int64
	LeaseUntil  time.Time
	LeaseLeft   time.Duration // 0: the lease has passed, the batch may be taken over
}

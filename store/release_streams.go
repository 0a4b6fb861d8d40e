package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// StillInFlight says that Dynamics may be at work on contacts of a destination.
type StillInFlight struct {
	Destination, WorkflowID string
	Left                    time.Duration // until it cannot be any more, if nothing further is sent
}

func (e *StillInFlight) Error() string {
	return fmt.Sprintf("contacts of %s are in flight: destination %s may still be writing them for the next %s",
		e.WorkflowID, e.Destination, e.Left.Round(time.Second))
}

const openAtDestination = selectOpen + `r.destination = ? ORDER BY b.lease_until DESC`

// ReleaseStreams gives the events of a destination's micro-batches back to their inboxes, to be
// claimed and decided anew, and ends the micro-batches: for whoever changes what they were decided
// by, whether or not their streams go on. *StillInFlight, and nothing is given back, while a batch
// of any run holds a lease. Idempotent.
func (s *Store) ReleaseStreams(ctx context.Context, destination string) error {
	for {
		claimed, err := s.MicroBatches(ctx, destination)
		if err != nil {
			return err
		}
		ends := make(map[string]runlog.Ending, len(claimed))
		for _, c := range claimed {
			end := runlog.Ending{Status: runs.StatusCanceled, Reason: "the ledgers that it was decided by were forgotten"}
			if end.Counts, err = s.Counts(ctx, c.Run); err != nil {
				if errors.Is(err, runlog.ErrNoRun) { // settled meanwhile
					continue
				}
				return err
			}
			ends[c.Run] = end
		}
		more, err := s.releaseStreams(ctx, destination, ends)
		if err != nil || !more {
			return err
		}
	}
}

// releaseStreams does so for the micro-batches whose ends are given; more tells of others that have
// been claimed meanwhile.
func (s *Store) releaseStreams(ctx context.Context, destination string, ends map[string]runlog.Ending) (more bool, err error) {
	now, err := s.db.Now(ctx)
	if err != nil {
		return false, err
	}
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		more = false
		if err := t.Lock(ctx, destination); err != nil {
			return err
		}
		if err := refuseInFlight(ctx, t, destination, now); err != nil {
			return err
		}
		claimed, err := inbox.HoldMicroBatches(ctx, t, destination)
		if err != nil {
			return err
		}
		for _, c := range claimed {
			end, known := ends[c.Run]
			if !known {
				more = true
				continue
			}
			end.At = now
			if err := runlog.End(ctx, t, c.Run, end); err != nil {
				return err
			}
			if err := inbox.EndMicroBatch(ctx, t, c.StreamKey); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// refuseInFlight stops where an attempt may be sending.
func refuseInFlight(ctx context.Context, t *sqldb.Tx, destination string, now time.Time) error {
	return t.QueryEach(ctx, openAtDestination, []any{destination}, func(rows *sql.Rows) error {
		b, err := scanOpen(rows, now)
		if err == nil && b.LeaseLeft > 0 {
			err = &StillInFlight{Destination: destination, WorkflowID: b.WorkflowID, Left: b.LeaseLeft}
		}
		return err
	})
}

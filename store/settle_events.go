package store

import (
	"context"
	"errors"
	"fmt"

	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// statusFolding is a micro-batch's whose decided rows are cleared away, and whose failed ones are
// becoming the window's.
const statusFolding = "folding"

// SettleEvents ends a micro-batch whose rows are all decided: its events leave the inbox, its
// numbers are added to the window's run, and its rejected rows, with what a replay of them needs,
// become the window's. An older failure of a contact that the micro-batch has decided anew is
// superseded. In ranges, resumable: until the last transaction the micro-batch is under way, with
// its numbers kept. Idempotent: one that is not under way any more is passed over.
func (s *Store) SettleEvents(ctx context.Context, key inbox.StreamKey, run, window string) error {
	err := s.settleOnce(ctx, key, run, window)
	if !errors.Is(err, runlog.ErrNoRun) {
		return err
	}
	underWay := true
	looked := s.db.Update(ctx, func(t *sqldb.Tx) (err error) { // behind whoever is just settling it
		underWay, err = inbox.MicroBatchUnderWay(ctx, t, key, run)
		return err
	})
	if looked != nil || underWay {
		return err
	}
	return nil // another attempt has settled it meanwhile
}

func (s *Store) settleOnce(ctx context.Context, key inbox.StreamKey, run, window string) error {
	to, found, err := s.MicroBatchEnd(ctx, key, run)
	if err != nil || !found {
		return err
	}
	counts, err := s.Counts(ctx, run)
	if err != nil {
		return err
	}
	if counts.Pending > 0 {
		return fmt.Errorf("%d rows of the micro-batch are not decided yet", counts.Pending)
	}
	if err := s.KeepNumbers(ctx, run); err != nil {
		return err
	}
	if err := s.clearOnce(ctx, run, window); err != nil {
		return err
	}
	if err := s.FoldRejected(ctx, run, window); err != nil {
		return err
	}
	if err := s.ClearEvents(ctx, key, to); err != nil {
		return err
	}
	return s.fold(ctx, key, run, window, counts)
}

const isFolding = `SELECT 1 FROM runs WHERE run = ? AND status = ?`

// errCleared says that another attempt has cleared what was decided.
var errCleared = errors.New("cleared meanwhile")

// clearOnce clears what is decided. Not again once that is done: its failures may be among the
// window's by then.
func (s *Store) clearOnce(ctx context.Context, run, window string) error {
	if err := s.clearDecided(ctx, run, window); err != nil {
		if errors.Is(err, errCleared) {
			return nil
		}
		return err
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ? WHERE run = ?`, statusFolding, run)
		return err
	})
}

// clearDecided deletes the micro-batch's rows but for the failed ones, and what the window keeps of
// older failures of its contacts.
func (s *Store) clearDecided(ctx context.Context, run, window string) error {
	return s.EachPage(ctx, run, func(t *sqldb.Tx, p *staging.Page) error {
		if folding, err := t.QueryOne(ctx, isFolding, []any{run, statusFolding}, new(int)); err != nil {
			return err
		} else if folding {
			return errCleared
		}
		contacts := p.ContactsOf(func(*staging.PageRow) bool { return true })
		if err := staging.Supersede(ctx, t, window, contacts); err != nil {
			return err
		}
		return staging.Compact(ctx, t, p)
	})
}

// fold makes the micro-batch's numbers and failed rows the window's, and ends it.
func (s *Store) fold(ctx context.Context, key inbox.StreamKey, run, window string, counts runs.Numbers) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if _, _, err := staging.Lock(ctx, t, run); err != nil {
			return err
		}
		underWay, err := inbox.MicroBatchUnderWay(ctx, t, key, run)
		if err != nil || !underWay {
			return err
		}
		if err := runlog.AddCounts(ctx, t, window, counts); err != nil {
			return err
		}
		if err := staging.Fold(ctx, t, run, window); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `DELETE FROM batches WHERE run = ?`, run); err != nil {
			return err
		}
		if err := runlog.DeleteSettings(ctx, t, run); err != nil {
			return err
		}
		if err := runlog.Delete(ctx, t, run); err != nil {
			return err
		}
		return inbox.EndMicroBatch(ctx, t, key)
	})
}

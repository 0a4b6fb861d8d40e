package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// statusFolding is a micro-batch's whose decided rows are cleared away, and whose failed ones are becoming the window's.
const statusFolding = "folding"

// settleRange is how many events, or rejected rows, one transaction of settling takes.
const settleRange = 5000

const (
	supersedeRejected = `UPDATE rejected SET state = 'superseded' WHERE run = ? AND outcome = 'failed' AND state = 'kept' AND contact IN (*)`

	supersededPages = `SELECT DISTINCT page FROM rejected WHERE run = ? AND page > 0 AND outcome = 'failed' AND state = 'kept' AND contact IN (*)`

	dropEvents = `DELETE FROM inbox WHERE destination = ? AND audience = ? AND seq <= ? AND seq <= ? +
	(SELECT min(i.seq) FROM inbox i WHERE i.destination = ? AND i.audience = ?)`

	rejectedEnd = `SELECT position FROM rejected WHERE run = ? ORDER BY position, contact LIMIT 1 OFFSET ?`

	foldRejected = `INSERT INTO rejected (run, position, contact, line, outcome, reason, column_name, code, text, request_id, rejected_at, state, page, batch)
	SELECT CAST(? AS TEXT), position, contact, line, outcome, reason, column_name, code, text, request_id, rejected_at, state,
	CASE WHEN page > 0 THEN page + CAST(? AS BIGINT) ELSE 0 END, batch FROM rejected WHERE run = ? AND position <= ?
	ON CONFLICT DO NOTHING`

	dropRejected = `DELETE FROM rejected WHERE run = ? AND position <= ?`

	foldStaged   = `UPDATE staged SET run = ?, page = page + ? WHERE run = ?`
	foldOutcomes = `UPDATE outcomes SET run = ?, page = page + ? WHERE run = ?`
)

// microBatchTables hold rows of a micro-batch that go when it is settled.
var microBatchTables = []string{"staged_blocks", "batches", "rejected", "warnings", "warning_counts", "run_settings", "runs"}

// SettleEvents ends a micro-batch whose rows are all decided: its events leave the inbox, its numbers are added to the window's run,
// and its rejected rows, with what a replay of them needs, become the window's. An older failure of a contact that the micro-batch
// has decided anew is superseded. In ranges, resumable: until the last transaction the micro-batch is under way, with its numbers
// kept. Idempotent: one that is not under way any more is passed over.
func (s *Store) SettleEvents(ctx context.Context, key StreamKey, run, window string) error {
	var to int64
	found, err := s.db.QueryOne(ctx, `SELECT batch_to FROM streams WHERE destination = ? AND audience = ? AND batch_run = ?`,
		[]any{key.Destination, key.Audience, run}, &to)
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
	if err := s.keepCounts(ctx, run); err != nil {
		return err
	}
	if err := s.clearOnce(ctx, run, window); err != nil {
		return err
	}
	if err := s.foldRejected(ctx, run, window); err != nil {
		return err
	}
	if err := s.clearEvents(ctx, key, to); err != nil {
		return err
	}
	return s.fold(ctx, key, run, window, counts)
}

// clearOnce clears what is decided. Not again once that is done: its failures may be among the window's by then.
func (s *Store) clearOnce(ctx context.Context, run, window string) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Status == statusFolding {
		return err
	}
	if err := s.clearDecided(ctx, run, window); err != nil {
		return err
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ? WHERE run = ?`, statusFolding, run)
		return err
	})
}

// clearDecided deletes the micro-batch's rows but for the failed ones, and what the window keeps of older failures of its contacts.
func (s *Store) clearDecided(ctx context.Context, run, window string) error {
	return s.EachPage(ctx, run, func(t *sqldb.Tx, p *page) error {
		contacts := p.contactsOf(func(*pageRow) bool { return true })
		var older []int
		err := t.QueryList(ctx, supersededPages, []any{window}, contacts, sqldb.Column(&older))
		if err != nil {
			return err
		}
		if _, err := t.ExecList(ctx, supersedeRejected, []any{window}, contacts); err != nil {
			return err
		}
		for _, number := range older {
			kept, err := readPage(ctx, t, window, number)
			if err != nil {
				return err
			}
			if err := compact(ctx, t, kept); err != nil {
				return err
			}
		}
		return compact(ctx, t, p)
	})
}

// foldRejected makes the micro-batch's rejected rows the window's. Their pages follow the window's, which get no more before.
func (s *Store) foldRejected(ctx context.Context, run, window string) error {
	for more := true; more; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			end := int64(math.MaxInt64)
			if more, err = t.QueryOne(ctx, rejectedEnd, []any{run, settleRange - 1}, &end); err != nil {
				return err
			}
			last, err := lastPage(ctx, t, window)
			if err != nil {
				return err
			}
			if _, err = t.Exec(ctx, foldRejected, window, last, run, end); err != nil {
				return err
			}
			_, err = t.Exec(ctx, dropRejected, run, end)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) clearEvents(ctx context.Context, key StreamKey, to int64) error {
	for gone := int64(1); gone > 0; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			gone, err = t.Exec(ctx, dropEvents, key.Destination, key.Audience, to, settleRange, key.Destination, key.Audience)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fold makes the micro-batch's numbers and failed rows the window's, and ends it.
func (s *Store) fold(ctx context.Context, key StreamKey, run, window string, counts runs.Numbers) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		stream, err := lockStream(ctx, t, key)
		if err != nil || stream.batchRun != run {
			return err
		}
		if err := addCounts(ctx, t, window, counts); err != nil {
			return err
		}
		last, err := lastPage(ctx, t, window)
		if err != nil {
			return err
		}
		for _, query := range []string{foldStaged, foldOutcomes} {
			if _, err := t.Exec(ctx, query, window, last, run); err != nil {
				return err
			}
		}
		if err := moveWarnings(ctx, t, run, window); err != nil {
			return err
		}
		for _, table := range microBatchTables {
			if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
				return err
			}
		}
		_, err = t.Exec(ctx, `UPDATE streams SET batch_run = '', batch_version = 0, batch_to = 0 WHERE destination = ? AND audience = ?`,
			key.Destination, key.Audience)
		return err
	})
}

// addCounts adds a micro-batch's numbers to its window's, which is under way again. A window keeps numbers, never rows.
func addCounts(ctx context.Context, t *sqldb.Tx, window string, more runs.Numbers) error {
	var kept sql.NullString
	found, err := t.QueryOne(ctx, `SELECT counts FROM runs WHERE run = ?`, []any{window}, &kept)
	if err != nil || !found {
		return orNoRun(err)
	}
	sum := runs.Numbers{Reasons: map[string]int64{}}
	if kept.Valid {
		if err := json.Unmarshal([]byte(kept.String), &sum); err != nil {
			return sqldb.AsDamaged("the counts of a run", err)
		}
	}
	addUp(&sum, more)
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE runs SET counts = ?, purged = 1, staging_done = 1, status = ?, ended_at = NULL WHERE run = ?`, string(text), runs.StatusRunning, window)
	return err
}

func addUp(c *runs.Numbers, more runs.Numbers) {
	c.Received += more.Received
	c.Activated += more.Activated
	c.Unchanged += more.Unchanged
	c.Superseded += more.Superseded
	c.Excluded += more.Excluded
	c.Failed += more.Failed
	c.Ignored += more.Ignored
	c.Warnings += more.Warnings
	c.Duplicates += more.Duplicates
	c.WithoutConsent += more.WithoutConsent
	c.ByStatus.Realized += more.ByStatus.Realized
	c.ByStatus.Exited += more.ByStatus.Exited
	if c.Reasons == nil {
		c.Reasons = map[string]int64{}
	}
	for reason, n := range more.Reasons {
		c.Reasons[reason] += n
	}
}

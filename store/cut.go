package store

import (
	"context"
	"database/sql"
	"fmt"
)

// lastContact is greater than every contact: the last batch of a run is open to the end.
const lastContact = "~"

// cutContacts gives every n-th pending contact, and the last one.
const cutContacts = `SELECT contact, n FROM (
	SELECT contact, row_number() OVER (ORDER BY contact) AS n FROM staged WHERE run = ? AND outcome = 'pending'
) numbered WHERE n % ? = 0 ORDER BY n`

const countPending = `SELECT count(*) FILTER (WHERE outcome = 'pending'), count(*) FILTER (WHERE outcome IS NULL OR outcome = 'read') FROM staged WHERE run = ?`

var putBatches = newManyRows(`INSERT INTO batches (run, batch, first_contact, last_contact, rows, state)`, 6, `ON CONFLICT DO NOTHING`)

// CutBatches cuts the pending rows into batches of at most size rows, in contact order. Idempotent: a run is cut once, when all of
// its rows are decided.
func (s *Store) CutBatches(ctx context.Context, run string, size int) (batches int, rows int64, err error) {
	if size < 1 {
		return 0, 0, fmt.Errorf("a batch needs at least one row, not %d", size)
	}
	var cut int64
	found, err := s.readOne(ctx, `SELECT batches_cut FROM runs WHERE run = ?`, []any{run}, &cut)
	switch {
	case err != nil:
		return 0, 0, err
	case !found:
		return 0, 0, ErrNoRun
	case cut == 0:
		if err := s.cut(ctx, run, size); err != nil {
			return 0, 0, err
		}
	}
	_, err = s.readOne(ctx, `SELECT count(*), CAST(coalesce(sum(rows), 0) AS BIGINT) FROM batches WHERE run = ?`, []any{run}, &batches, &rows)
	return batches, rows, err
}

func (s *Store) cut(ctx context.Context, run string, size int) error {
	var total, undecided int64
	if _, err := s.readOne(ctx, countPending, []any{run}, &total, &undecided); err != nil {
		return err
	}
	if undecided > 0 {
		return fmt.Errorf("%d rows of run %s are not decided yet: plan them before cutting batches", undecided, run)
	}
	var args []any
	batch, first, counted := 0, "", int64(0)
	add := func(last string, upTo int64) {
		batch++
		args = append(args, run, batch, first, last, upTo-counted, BatchPlanned)
		first, counted = last, upTo
	}
	err := s.readEach(ctx, cutContacts, []any{run, size}, func(rows *sql.Rows) error {
		var contact string
		var n int64
		if err := rows.Scan(&contact, &n); err != nil {
			return err
		}
		if n == total {
			contact = lastContact
		}
		add(contact, n)
		return nil
	})
	if err != nil {
		return err
	}
	if counted < total {
		add(lastContact, total)
	}
	return s.update(ctx, func(t *tx) error {
		cut, err := t.exec(ctx, `UPDATE runs SET batches_cut = 1 WHERE run = ? AND batches_cut = 0`, run)
		if err != nil || cut == 0 {
			return err
		}
		return t.insert(ctx, putBatches, args)
	})
}

// Batches gives the number of batches of a run by state.
func (s *Store) Batches(ctx context.Context, run string) (map[string]int, error) {
	states := map[string]int{}
	err := s.readEach(ctx, `SELECT state, count(*) FROM batches WHERE run = ? GROUP BY state`, []any{run}, func(rows *sql.Rows) error {
		var state string
		var n int
		err := rows.Scan(&state, &n)
		states[state] = n
		return err
	})
	return states, err
}

// ToRead lists contacts, in order, that have to be read from Dynamics before they can be decided.
func (s *Store) ToRead(ctx context.Context, run, after string, limit int) ([]string, error) {
	contacts := make([]string, 0, limit)
	err := s.readEach(ctx, toRead, []any{run, after, limit}, func(rows *sql.Rows) error {
		var contact string
		err := rows.Scan(&contact)
		contacts = append(contacts, contact)
		return err
	})
	return contacts, err
}

const toRead = `SELECT contact FROM staged WHERE run = ? AND contact > ? AND outcome = 'read' ORDER BY contact LIMIT ?`

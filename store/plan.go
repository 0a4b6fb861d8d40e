package store

import (
	"context"
	"fmt"
	"slices"
)

const (
	// planRange is how many rows one planning transaction decides: about 50 ms of SQLite's only writer.
	planRange = 3000
	// readRange is the same for rows that were read from Dynamics; they are written wider.
	readRange = 2000
)

const (
	planSubjects = selectSubjects + `s.contact > ? ORDER BY s.contact LIMIT ?`
	readSubjects = selectSubjects + `s.contact >= ? AND s.contact <= ? AND s.outcome = 'read' ORDER BY s.contact`

	firstUndecided = `SELECT contact FROM staged WHERE run = ? AND outcome IS NULL ORDER BY contact LIMIT 1`

	setOutcomeRange = `UPDATE staged SET outcome = ? WHERE run = ? AND contact > ? AND contact <= ? AND outcome IS NULL`
	setOutcomeBatch = `UPDATE staged SET outcome = ?, batch = ? WHERE run = ? AND contact IN (*)`
)

// setPending marks rows to be sent together with what Dynamics holds. The run is in every row so that the databases can only go
// from these rows to the staged ones by key.
var setPending = newManyRowsOf(
	`UPDATE staged SET outcome = 'pending', before = ?3, overwrites = ?4 WHERE run = ?1 AND contact = ?2`,
	`WITH v (run, contact, before, overwrites) AS (VALUES `, `(?, ?, ?, CAST(? AS INTEGER))`, `)
	UPDATE staged SET outcome = 'pending', before = v.before, overwrites = v.overwrites
	FROM v WHERE staged.run = v.run AND staged.contact = v.contact`)

// Plan decides the rows of one range of contacts after the given one ("" begins), against the ledgers. next is where to go on.
// Idempotent: rows decided before are passed over.
func (s *Store) Plan(ctx context.Context, run string, p Policy, after string) (next string, done bool, err error) {
	info, err := s.planned(ctx, run, p)
	if err != nil {
		return "", false, err
	}
	now, err := s.now(ctx)
	if err != nil {
		return "", false, err
	}
	nothing := false
	if after == "" { // the plan of a run whose contacts were read since needs no going over all of them again
		var contact string
		found, err := s.readOne(ctx, firstUndecided, []any{run}, &contact)
		if err != nil {
			return "", false, err
		}
		nothing = !found
	}
	err = s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, p.Destination); err != nil {
			return err
		}
		if after == "" {
			if err := t.keepPolicy(ctx, run, p); err != nil {
				return err
			}
		}
		if nothing {
			done = true
			return nil
		}
		subjects, err := t.subjects(ctx, planSubjects, subjectArgs(p, run, after, planRange))
		if err != nil || len(subjects) == 0 {
			done = err == nil
			next = after
			return err
		}
		next, done = subjects[len(subjects)-1].contact, len(subjects) < planRange
		d := newDecisions(run, p, info, micros(now))
		for _, subject := range subjects {
			if subject.outcome == "" {
				d.add(subject, decide(subject, p, subject.busy(BatchRef{}), false))
			}
		}
		return d.writeRange(ctx, t, after, next)
	})
	return next, done, err
}

// PlanRead decides contacts that were read from Dynamics; those asked for and not found have failed (contact_not_found). Each of
// the found must have every column the run may write, the status column included. Idempotent.
func (s *Store) PlanRead(ctx context.Context, run string, p Policy, found map[string]Before, asked []string) error {
	info, err := s.planned(ctx, run, p)
	if err != nil {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	asked = slices.Clone(asked)
	slices.Sort(asked)
	for piece := range slices.Chunk(asked, readRange) {
		err := s.update(ctx, func(t *tx) error {
			if err := t.lock(ctx, p.Destination); err != nil {
				return err
			}
			// Contacts are asked for as ToRead lists them, so that nearly all rows of the range are meant.
			subjects, err := t.subjects(ctx, readSubjects, subjectArgs(p, run, piece[0], piece[len(piece)-1]))
			if err != nil {
				return err
			}
			d := newDecisions(run, p, info, micros(now))
			for _, subject := range subjects {
				if _, meant := slices.BinarySearch(piece, subject.contact); !meant {
					continue
				}
				before, there := found[subject.contact]
				if !there {
					d.fail(subject, ReasonNotFound, "", "")
					continue
				}
				subject.before = before
				d.add(subject, decide(subject, p, subject.busy(BatchRef{}), false))
			}
			return d.writeLists(ctx, t)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// planned checks that the policy is one for the run.
func (s *Store) planned(ctx context.Context, run string, p Policy) (runInfo, error) {
	info, err := s.info(ctx, run)
	if err != nil {
		return info, err
	}
	if p.Destination != info.destination || p.StatusColumn == "" {
		return info, fmt.Errorf("a policy for destination %q and column %q does not fit a run to %q", p.Destination, p.StatusColumn, info.destination)
	}
	return info, nil
}

// busy reports whether somebody else has the contact in flight.
func (s *subject) busy(self BatchRef) bool {
	return s.holder != (BatchRef{}) && s.holder != self
}

// decisions gathers the outcomes of one transaction.
type decisions struct {
	run      string
	info     runInfo
	batch    int // that decides, 0 at planning
	at       int64
	ledger   *ledgerWrites
	outcomes map[string][]string
	pending  []any // parameters of setPending
	rejected []any
}

func newDecisions(run string, p Policy, info runInfo, at int64) *decisions {
	return &decisions{run: run, info: info, at: at, ledger: newLedgerWrites(run, p), outcomes: map[string][]string{}}
}

func (d *decisions) add(s *subject, v verdict) {
	switch {
	case v.outcome == OutcomeFailed:
		d.fail(s, ReasonInvalidValue, s.badColumn, s.badReason)
		return
	case v.outcome == OutcomePending && s.before != nil:
		d.pending = append(d.pending, d.run, s.contact, s.before.text(), bit(v.overwrites))
		return
	case v.outcome == OutcomeUnchanged && !d.info.dry():
		d.ledger.add(s.contact, v.settled)
	}
	d.outcomes[v.outcome] = append(d.outcomes[v.outcome], s.contact)
}

func (d *decisions) fail(s *subject, reason, column, text string) {
	d.outcomes[OutcomeFailed] = append(d.outcomes[OutcomeFailed], s.contact)
	d.rejected = append(d.rejected, d.run, s.position, s.contact, s.line, OutcomeFailed, reason, column, "", text, "", d.at)
}

// writeRange writes the outcomes of all undecided rows of a range: the rarer ones by contact, the commonest for all that remain.
func (d *decisions) writeRange(ctx context.Context, t *tx, after, last string) error {
	commonest := ""
	for outcome, contacts := range d.outcomes {
		if len(contacts) > len(d.outcomes[commonest]) {
			commonest = outcome
		}
	}
	rest := d.outcomes[commonest]
	delete(d.outcomes, commonest)
	if err := d.writeLists(ctx, t); err != nil || len(rest) == 0 {
		return err
	}
	_, err := t.exec(ctx, setOutcomeRange, commonest, d.run, after, last)
	return err
}

// writeLists writes the outcomes by contact.
func (d *decisions) writeLists(ctx context.Context, t *tx) error {
	if err := t.insert(ctx, setPending, d.pending); err != nil {
		return err
	}
	for outcome, contacts := range d.outcomes {
		if _, err := t.execList(ctx, setOutcomeBatch, []any{outcome, d.batch, d.run}, contacts); err != nil {
			return err
		}
	}
	if err := t.insert(ctx, rejectRows, d.rejected); err != nil {
		return err
	}
	return d.ledger.write(ctx, t)
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
)

// countRows goes over a run's rows once. Its columns add up: every row has exactly one outcome, or none yet.
const countRows = `SELECT count(*),
	count(*) FILTER (WHERE outcome = 'activated' AND exited = 0),
	count(*) FILTER (WHERE outcome = 'activated' AND exited = 1),
	count(*) FILTER (WHERE outcome = 'unchanged'),
	count(*) FILTER (WHERE outcome = 'superseded'),
	count(*) FILTER (WHERE outcome = 'failed'),
	count(*) FILTER (WHERE outcome = 'read'),
	count(*) FILTER (WHERE absent = 1),
	CAST(coalesce(sum(losers), 0) AS BIGINT),
	CAST(coalesce(sum(CASE WHEN outcome IN ('activated', 'unchanged') THEN warnings ELSE 0 END), 0) AS BIGINT)
	FROM staged WHERE run = ?`

// countBlocks is for a run whose staging has not ended: its rows are not yet compared with one another.
const countBlocks = `SELECT CAST(coalesce(sum(rows), 0) AS BIGINT), CAST(coalesce(sum(losers), 0) AS BIGINT) FROM staged_blocks WHERE run = ?`

const countReasons = `SELECT outcome, reason, count(*) FROM rejected WHERE run = ? GROUP BY outcome, reason`

// Counts gives the numbers of a run from its rows' outcomes, or, once they are purged, as they were then.
func (s *Store) Counts(ctx context.Context, run string) (Counts, error) {
	var kept sql.NullString
	var purged, staged int64
	c := Counts{Reasons: map[string]int64{}}
	found, err := s.readOne(ctx, `SELECT purged, ignored, without_consent, staging_done, counts FROM runs WHERE run = ?`, []any{run},
		&purged, &c.Ignored, &c.WithoutConsent, &staged, &kept)
	if err != nil {
		return Counts{}, err
	}
	if !found {
		return Counts{}, ErrNoRun
	}
	if purged != 0 && kept.Valid {
		return c, json.Unmarshal([]byte(kept.String), &c)
	}
	if staged == 0 {
		_, err = s.readOne(ctx, countBlocks, []any{run}, &c.Pending, &c.Duplicates)
		c.Superseded = c.Duplicates
	} else {
		err = s.countRows(ctx, run, &c)
	}
	if err == nil {
		err = s.countReasons(ctx, run, &c)
	}
	c.Received = c.Activated + c.Unchanged + c.Superseded + c.Excluded + c.Failed + c.Pending
	return c, err
}

func (s *Store) countRows(ctx context.Context, run string, c *Counts) error {
	var rows int64
	_, err := s.readOne(ctx, countRows, []any{run}, &rows, &c.ByStatus.Realized, &c.ByStatus.Exited, &c.Unchanged, &c.Superseded, &c.Failed,
		&c.ToRead, &c.Absent, &c.Duplicates, &c.Warnings)
	c.Activated = c.ByStatus.Realized + c.ByStatus.Exited
	c.Pending = rows - c.Activated - c.Unchanged - c.Superseded - c.Failed
	c.Superseded += c.Duplicates
	return err
}

func (s *Store) countReasons(ctx context.Context, run string, c *Counts) error {
	return s.readEach(ctx, countReasons, []any{run}, func(rows *sql.Rows) error {
		var outcome, reason string
		var n int64
		err := rows.Scan(&outcome, &reason, &n)
		c.Reasons[reason] += n
		if outcome == OutcomeExcluded {
			c.Excluded += n
		}
		return err
	})
}

const (
	guardRows = `SELECT count(*) FILTER (WHERE outcome = 'pending' OR batch > 0),
	count(*) FILTER (WHERE (outcome = 'pending' OR batch > 0) AND exited = 1),
	count(*) FILTER (WHERE (outcome = 'pending' OR batch > 0) AND overwrites = 1),
	count(*) FILTER (WHERE batch > 0 AND outcome IN ('activated', 'failed')),
	count(*) FILTER (WHERE batch > 0 AND outcome = 'failed')
	FROM staged WHERE run = ?`

	guardTurning = `SELECT count(*) FROM staged s
	CROSS JOIN exported_status e ON e.destination = ? AND e.column_name = ? AND e.contact = s.contact
	WHERE s.run = ? AND s.outcome = 'pending' AND s.exited = 1 AND e.exported = 1 AND e.exited = 0`

	guardRealized = `SELECT count(*) FROM exported_status WHERE destination = ? AND column_name = ? AND exported = 1 AND exited = 0`

	guardSentNotFound = `SELECT count(*) FROM rejected r
	CROSS JOIN staged s ON s.run = r.run AND s.contact = r.contact
	WHERE r.run = ? AND r.outcome = 'failed' AND r.reason = 'contact_not_found' AND s.batch > 0`

	guardNotFound = `SELECT count(*) FROM rejected WHERE run = ? AND outcome = 'failed' AND reason = 'contact_not_found'`
)

// Guard gives the numbers that guards judge by. It needs a planned run; the sum of rows to send includes those sent so far.
func (s *Store) Guard(ctx context.Context, run string) (GuardNumbers, error) {
	var g GuardNumbers
	p, err := s.policy(ctx, run)
	if err != nil {
		return g, err
	}
	var sentNotFound int64
	for _, q := range []struct {
		text string
		args []any
		into []any
	}{
		{guardRows, []any{run}, []any{&g.ToSend, &g.Exits, &g.Overwrites, &g.Sent, &g.Failed}},
		{guardTurning, []any{p.Destination, p.StatusColumn, run}, []any{&g.Turning}},
		{guardRealized, []any{p.Destination, p.StatusColumn}, []any{&g.Realized}},
		{guardSentNotFound, []any{run}, []any{&sentNotFound}},
		{guardNotFound, []any{run}, []any{&g.NotFound}},
	} {
		if _, err := s.readOne(ctx, q.text, q.args, q.into...); err != nil {
			return g, err
		}
	}
	g.Failed -= sentNotFound
	return g, nil
}

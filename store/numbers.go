package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// countBlocks is for a run whose staging has not ended: its rows are not yet compared with one another.
const countBlocks = `SELECT CAST(coalesce(sum(rows), 0) AS BIGINT), CAST(coalesce(sum(losers), 0) AS BIGINT) FROM staged_blocks WHERE run = ?`

const countReasons = `SELECT outcome, reason, count(*) FROM rejected WHERE run = ? GROUP BY outcome, reason`

// Counts gives the numbers of a run from its rows' outcomes, or, once they are purged, as they were then.
func (s *Store) Counts(ctx context.Context, run string) (runs.Numbers, error) {
	var kept sql.NullString
	var purged, staged int64
	c := runs.Numbers{Reasons: map[string]int64{}}
	found, err := s.db.QueryOne(ctx, `SELECT purged, ignored, without_consent, staging_done, counts FROM runs WHERE run = ?`, []any{run},
		&purged, &c.Ignored, &c.WithoutConsent, &staged, &kept)
	if err != nil {
		return runs.Numbers{}, err
	}
	if !found {
		return runs.Numbers{}, runlog.ErrNoRun
	}
	if purged != 0 && kept.Valid {
		return c, sqldb.AsDamaged("the counts of a run", json.Unmarshal([]byte(kept.String), &c))
	}
	if staged == 0 {
		_, err = s.db.QueryOne(ctx, countBlocks, []any{run}, &c.Pending, &c.Duplicates)
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

func (s *Store) countRows(ctx context.Context, run string, c *runs.Numbers) error {
	n, err := s.Sum(ctx, run)
	c.ByStatus = runs.ByStatus{Realized: n[nRealized], Exited: n[nExited]}
	c.Activated, c.Unchanged, c.Failed = n.activated(), n[nUnchanged], n[nFailed]
	c.Superseded, c.Duplicates = n[nSuperseded]+n[nLosers], n[nLosers]
	c.Pending = n[nUndecided] + n[nToRead] + n.pending()
	c.ToRead, c.Absent, c.Warnings = n[nToRead], n[nAbsent], n[nWarnings]
	return err
}

func (s *Store) countReasons(ctx context.Context, run string, c *runs.Numbers) error {
	return s.db.QueryEach(ctx, countReasons, []any{run}, func(rows *sql.Rows) error {
		var outcome, reason string
		var n int64
		err := rows.Scan(&outcome, &reason, &n)
		c.Reasons[reason] += n
		if outcome == runs.OutcomeExcluded {
			c.Excluded += n
		}
		return err
	})
}

const (
	guardNotFound = `SELECT count(*) FROM rejected WHERE run = ? AND outcome = 'failed' AND reason = 'contact_not_found'`
)

// Guard gives the numbers that guards judge by. It needs a planned run; the sum of rows to send includes those sent so far.
func (s *Store) Guard(ctx context.Context, run string) (GuardNumbers, error) {
	g, err := s.StreamRisk(ctx, run)
	if err != nil {
		return g, err
	}
	p, err := s.policy(ctx, run)
	if err != nil {
		return g, err
	}
	exported, err := s.CountExported(ctx, p.Destination, p.StatusColumn)
	if err != nil {
		return g, err
	}
	for _, c := range exported {
		if !c.Exited {
			g.Realized += c.Contacts
		}
	}
	_, err = s.db.QueryOne(ctx, guardNotFound, []any{run}, &g.NotFound)
	return g, err
}

// StreamRisk gives those of them that need no look at the whole ledger: what a micro-batch is judged by.
func (s *Store) StreamRisk(ctx context.Context, run string) (GuardNumbers, error) {
	n, err := s.Sum(ctx, run)
	return GuardNumbers{
		ToSend: n[nToSend], Exits: n[nExits], Turning: n[nTurning], Overwrites: n[nOverwrites],
		Sent: n.activated() + n[nSentFailed], Failed: n[nSentFailed] - n[nSentNotFound],
	}, err
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// Counts gives the numbers of a run from its rows' outcomes, or, once they are purged, as they were
// then.
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
		c.Pending, c.Duplicates, err = s.CountBlocks(ctx, run)
		c.Superseded = c.Duplicates
	} else {
		err = s.countRows(ctx, run, &c)
	}
	if err == nil {
		c.Excluded, err = s.CountReasons(ctx, run, c.Reasons)
	}
	c.Received = c.Activated + c.Unchanged + c.Superseded + c.Excluded + c.Failed + c.Pending
	return c, err
}

func (s *Store) countRows(ctx context.Context, run string, c *runs.Numbers) error {
	n, err := s.Sum(ctx, run)
	c.ByStatus = runs.ByStatus{Realized: n.Realized, Exited: n.Exited}
	c.Activated, c.Unchanged, c.Failed = n.Activated(), n.Unchanged, n.Failed
	c.Superseded, c.Duplicates = n.Superseded+n.Losers, n.Losers
	c.Pending = n.Undecided + n.ToRead + n.Pending()
	c.ToRead, c.Absent, c.Warnings = n.ToRead, n.Absent, n.Warnings
	return err
}

// Guard gives the numbers that guards judge by. It needs a planned run; the sum of rows to send
// includes those sent so far.
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
	return g, nil
}

// StreamRisk gives those of them that need no look at the whole ledger: what a micro-batch is
// judged by.
func (s *Store) StreamRisk(ctx context.Context, run string) (GuardNumbers, error) {
	n, err := s.Sum(ctx, run)
	return GuardNumbers{
		ToSend: n.ToSend, Exits: n.Exits, Turning: n.Turning, Overwrites: n.Overwrites,
	}, err
}

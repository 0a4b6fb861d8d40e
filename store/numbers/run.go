package numbers

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// Counts gives the numbers of a run from its rows' outcomes, or, once they are purged, as they were
// then. Rows may be purged while they are counted: so it looks for what was kept before and after.
func (c *Counter) Counts(ctx context.Context, run string) (runs.Numbers, error) {
	n, staged, kept, err := c.keptCounts(ctx, run)
	if err != nil || kept {
		return n, err
	}
	if !staged {
		n.Pending, n.Duplicates, err = c.rows.CountBlocks(ctx, run)
		n.Superseded = n.Duplicates
	} else {
		err = c.countRows(ctx, run, &n)
	}
	if err == nil {
		n.Excluded, err = c.rows.CountReasons(ctx, run, n.Reasons)
	}
	n.Received = n.Activated + n.Unchanged + n.Superseded + n.Excluded + n.Failed + n.Pending
	if err != nil {
		return n, err
	}
	if last, _, kept, err := c.keptCounts(ctx, run); err != nil || kept {
		return last, err
	}
	return n, nil
}

// keptCounts gives the numbers that were kept of a run whose rows are purged; of another one, what
// its rows do not tell.
func (c *Counter) keptCounts(ctx context.Context, run string) (n runs.Numbers, staged, kept bool, err error) {
	var text sql.NullString
	var purged, done int64
	n.Reasons = map[string]int64{}
	found, err := c.db.QueryOne(ctx, `SELECT purged, ignored, without_consent, staging_done, counts FROM runs WHERE run = ?`, []any{run},
		&purged, &n.Ignored, &n.WithoutConsent, &done, &text)
	if err == nil && !found {
		err = runlog.ErrNoRun
	}
	if err != nil {
		return runs.Numbers{}, false, false, err
	}
	if purged != 0 && text.Valid {
		return n, true, true, sqldb.AsDamaged("the counts of a run", json.Unmarshal([]byte(text.String), &n))
	}
	return n, done != 0, false, nil
}

func (c *Counter) countRows(ctx context.Context, run string, n *runs.Numbers) error {
	sum, err := c.rows.Sum(ctx, run)
	n.ByStatus = runs.ByStatus{Realized: sum.Realized, Exited: sum.Exited}
	n.Activated, n.Unchanged, n.Failed = sum.Activated(), sum.Unchanged, sum.Failed
	n.Superseded, n.Duplicates = sum.Superseded+sum.Losers, sum.Losers
	n.Pending = sum.Undecided + sum.ToRead + sum.Pending()
	n.ToRead, n.Absent, n.Warnings, n.HeldBack = sum.ToRead, sum.Absent, sum.Warnings, sum.HeldBack
	return err
}

// PlannedNumbers are the numbers that a planned run will have if Dynamics accepts all that it
// sends: those of a dry run.
func (c *Counter) PlannedNumbers(ctx context.Context, run string) (runs.Numbers, error) {
	n, err := c.Counts(ctx, run)
	if err != nil {
		return n, err
	}
	sum, err := c.rows.Sum(ctx, run)
	n.ByStatus = runs.ByStatus{Realized: sum.PendingRealized, Exited: sum.PendingExited}
	n.Activated = n.ByStatus.Sum()
	n.Pending -= n.Activated
	n.Warnings += sum.PendingWarnings
	n.HeldBack += sum.PendingHeldBack
	return n, err
}

// KeepNumbers saves the numbers of a run that is about to lose its rows, and what it has left out.
func (c *Counter) KeepNumbers(ctx context.Context, run string) error {
	counts, err := c.Counts(ctx, run)
	if err != nil {
		return err
	}
	var warnings staging.Warnings
	if counts.Warnings > 0 {
		if warnings, err = c.rows.StagedWarnings(ctx, run); err != nil {
			return err
		}
	}
	return c.db.Update(ctx, func(t *sqldb.Tx) error {
		kept, err := runlog.KeepCounts(ctx, t, run, counts)
		if err != nil || !kept {
			return err
		}
		return staging.KeepWarnings(ctx, t, run, warnings)
	})
}

package runlog

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// AddCounts adds a micro-batch's numbers to its window's, which is under way again. A window keeps
// numbers, never rows.
func AddCounts(ctx context.Context, t *sqldb.Tx, window string, more runs.Numbers) error {
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
	c.HeldBack += more.HeldBack
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

// KeepCounts keeps the numbers of a run that is about to lose its rows; false if that was done
// before.
func KeepCounts(ctx context.Context, t *sqldb.Tx, run string, counts runs.Numbers) (kept bool, err error) {
	text, err := json.Marshal(counts)
	if err != nil {
		return false, err
	}
	n, err := t.Exec(ctx, `UPDATE runs SET counts = ?, purged = 1 WHERE run = ? AND purged = 0`, string(text), run)
	return n > 0, err
}

// Delete deletes a run.
func Delete(ctx context.Context, t *sqldb.Tx, run string) error {
	_, err := t.Exec(ctx, `DELETE FROM runs WHERE run = ?`, run)
	return err
}

// DeleteSettings deletes what a run was started with.
func DeleteSettings(ctx context.Context, t *sqldb.Tx, run string) error {
	_, err := t.Exec(ctx, `DELETE FROM run_settings WHERE run = ?`, run)
	return err
}

func orNoRun(err error) error {
	if err == nil {
		return ErrNoRun
	}
	return err
}

package store

import (
	"context"
	"time"

	"audienceflow/runs"
	"audienceflow/store/columns"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// EndRun ends a run: status, reason, error text, report and the counts of its rows are kept for as
// long as the run's history. Idempotent: the first end stays. Contacts and values belong neither in
// the reason nor in the error text or the report.
func (s *Store) EndRun(ctx context.Context, run, status, reason, errText string, report []byte) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Over() {
		return err
	}
	counts, err := s.Counts(ctx, run)
	if err != nil {
		return err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	end := runlog.Ending{Status: status, Reason: reason, Error: errText, Report: report, Counts: counts, At: now}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := runlog.End(ctx, t, run, end); err != nil {
			return err
		}
		return columns.DropVoid(ctx, t, r.Destination, r.Column, r.Audience, r.Namespace)
	})
}

// abandoned is why a run is over that nobody has ended.
const abandoned = "its workflow ended without a word to the store: it was terminated, or failed while a late step of it was at work"

// abandonedRuns: those of streams stay open between two micro-batches.
const abandonedRuns = `SELECT run FROM runs WHERE workflow_id = ? AND run <> ? AND ended_at IS NULL AND started_at < ?
	AND kind IN (?, ?, ?, ?, ?) ORDER BY started_at`

// EndAbandoned ends, as canceled, what earlier runs of a run's workflow have left open: Temporal
// runs one at a time, so they are over. Earlier are those that the store had begun before the run
// was scheduled, so that a late step of an older run ends no newer one. Idempotent.
func (s *Store) EndAbandoned(ctx context.Context, workflowID, run string, scheduled time.Time) error {
	var list []string
	err := s.db.QueryEach(ctx, abandonedRuns, []any{
		workflowID, run, sqldb.Micros(scheduled),
		runs.KindActivate, runs.KindPlan, runs.KindReplay, runs.KindRepair, runs.KindUnmap,
	}, sqldb.Column(&list))
	if err != nil {
		return err
	}
	for _, open := range list {
		if err := s.EndRun(ctx, open, runs.StatusCanceled, abandoned, "", nil); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"

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

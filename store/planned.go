package store

import (
	"context"
	"database/sql"
)

// Planned are the rows that a run would send.
type Planned struct {
	ByStatus ByStatus
	Warnings int64 // values left out of them
}

// Planned counts the pending rows of a planned run: what a dry run calls activated.
func (s *Store) Planned(ctx context.Context, run string) (Planned, error) {
	var p Planned
	err := s.readEach(ctx, `SELECT exited, count(*), CAST(sum(warnings) AS BIGINT) FROM staged WHERE run = ? AND outcome = 'pending' GROUP BY exited`,
		[]any{run}, func(rows *sql.Rows) error {
			var exited, count, warnings int64
			if err := rows.Scan(&exited, &count, &warnings); err != nil {
				return err
			}
			p.Warnings += warnings
			if exited != 0 {
				p.ByStatus.Exited = count
			} else {
				p.ByStatus.Realized = count
			}
			return nil
		})
	return p, err
}

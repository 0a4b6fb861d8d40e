package validations

import (
	"context"
	"database/sql"
	"time"

	"audienceflow/store/sqldb"
)

// Latest is the last validation of an audience that came to a verdict.
type Latest struct {
	Audience, Verdict string
	EndedAt           time.Time
}

// LatestVerdicts gives of each audience of a destination the verdict of its last validation.
func (s *Validations) LatestVerdicts(ctx context.Context, destination string) ([]Latest, error) {
	var list []Latest
	err := s.db.QueryEach(ctx, `SELECT audience, verdict, ended_at FROM validations v
		WHERE destination = ? AND ended_at IS NOT NULL AND ended_at = (SELECT max(l.ended_at) FROM validations l
			WHERE l.destination = v.destination AND l.audience = v.audience)
		ORDER BY audience, validation`, []any{destination},
		func(rows *sql.Rows) error {
			var l Latest
			var ended int64
			err := rows.Scan(&l.Audience, &l.Verdict, &ended)
			l.EndedAt = sqldb.FromMicros(ended)
			if n := len(list); n > 0 && list[n-1].Audience == l.Audience { // two that ended in the same moment
				list = list[:n-1]
			}
			list = append(list, l)
			return err
		})
	return list, err
}

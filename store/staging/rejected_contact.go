package staging

import (
	"context"
	"database/sql"

	"audienceflow/store/sqldb"
)

// ContactRejected is a row of the contact that did not get through.
type ContactRejected struct {
	Rejected
	Destination, Audience string
}

const rejectedOfContact = `SELECT j.run, r.destination, r.audience, j.position, j.line, j.record, j.outcome, j.reason, j.column_name, j.code, j.text,
	j.request_id, j.rejected_at, j.state FROM runs r JOIN rejected j ON j.run = r.run AND j.contact = ?
	WHERE r.destination = ? ORDER BY j.rejected_at, j.position`

// RejectedOfContact lists the rejected rows of a contact at a destination, the oldest first.
func (s *Staging) RejectedOfContact(ctx context.Context, destination, contact string) ([]ContactRejected, error) {
	var all []ContactRejected
	err := s.db.QueryEach(ctx, rejectedOfContact, []any{contact, destination}, func(rows *sql.Rows) error {
		r := ContactRejected{Rejected: Rejected{Contact: contact}}
		var at int64
		err := rows.Scan(&r.Run, &r.Destination, &r.Audience, &r.Position, &r.Line, &r.Record, &r.Outcome, &r.Reason, &r.Column, &r.Code,
			&r.Text, &r.RequestID, &at, &r.State)
		r.At = sqldb.FromMicros(at)
		all = append(all, r)
		return err
	})
	return all, err
}

package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// ContactRecord is what the store knows of one contact. Dates of runs that have passed their retention are zero.
type ContactRecord struct {
	Held     []HeldStatus
	Values   []HeldValue
	Rejected []ContactRejected
}

// HeldStatus is what a status column of Dynamics holds, by the ledger.
type HeldStatus struct {
	Destination, Column, Audience, Namespace string
	Word                                     *string
	Exited                                   bool
	Exported                                 bool // false: an exit that was kept to ourselves
	QualifiedAt, AsOf                        time.Time
	Run                                      string // that wrote it last
	RunStartedAt                             time.Time
}

// HeldValue is what a mapped column of Dynamics holds, by the ledger.
type HeldValue struct {
	Destination, Column string
	Value               *string
	AsOf                time.Time
}

// ContactRejected is a row of the contact that did not get through.
type ContactRejected struct {
	Rejected
	Destination, Audience string
}

const (
	audienceOfColumn = `SELECT audience, namespace FROM status_columns WHERE destination = ? AND column_name = ?`

	rejectedOfContact = `SELECT j.run, r.destination, r.audience, j.position, j.line, j.outcome, j.reason, j.column_name, j.code, j.text,
	j.request_id, j.rejected_at, j.state FROM runs r JOIN rejected j ON j.run = r.run AND j.contact = ?
	WHERE r.destination = ? ORDER BY j.rejected_at, j.position`
)

// Contact gives what the store knows of a contact at a destination, "" for all of them.
func (s *Store) Contact(ctx context.Context, destination, contact string) (ContactRecord, error) {
	contact = strings.ToLower(strings.TrimSpace(contact))
	destinations := []string{destination}
	if destination == "" {
		destinations = nil
		if err := s.db.QueryEach(ctx, everyDestination, nil, sqldb.Column(&destinations)); err != nil {
			return ContactRecord{}, err
		}
	}
	var record ContactRecord
	for _, destination := range destinations {
		for _, look := range []func(context.Context, string, string) error{s.heldStatuses(&record), s.heldValues(&record), s.rejectedOf(&record)} {
			if err := look(ctx, destination, contact); err != nil {
				return record, sqldb.Explain(err)
			}
		}
	}
	return record, nil
}

func (s *Store) heldStatuses(into *ContactRecord) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		columns, err := ledger.StatusColumns(ctx, s.db.Reader(), destination)
		if err != nil {
			return err
		}
		slices.Sort(columns)
		for _, column := range columns {
			e, err := s.StatusOf(ctx, destination, column, contact)
			if err != nil {
				return err
			}
			if e == nil {
				continue
			}
			held := HeldStatus{
				Destination: destination, Column: column, Word: e.Word, Exited: e.Exited, Exported: e.Exported, Run: e.Run,
				QualifiedAt: sqldb.FromMicros(e.Key.QualifiedAt), AsOf: sqldb.FromMicros(e.Key.AsOf),
			}
			if _, err := s.db.QueryOne(ctx, audienceOfColumn, []any{destination, column}, &held.Audience, &held.Namespace); err != nil {
				return err
			}
			var began int64
			if known, err := s.db.QueryOne(ctx, `SELECT started_at FROM runs WHERE run = ?`, []any{e.Run}, &began); err != nil {
				return err
			} else if known {
				held.RunStartedAt = sqldb.FromMicros(began)
			}
			into.Held = append(into.Held, held)
		}
		return nil
	}
}

func (s *Store) heldValues(into *ContactRecord) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		held, err := s.ValuesOf(ctx, destination, contact)
		if err != nil || held == nil {
			return err
		}
		for _, v := range held.Parse() {
			into.Values = append(into.Values, HeldValue{Destination: destination, Column: v.Column, Value: v.Text, AsOf: sqldb.FromMicros(v.AsOf)})
		}
		return nil
	}
}

func (s *Store) rejectedOf(into *ContactRecord) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		return s.db.QueryEach(ctx, rejectedOfContact, []any{contact, destination}, func(rows *sql.Rows) error {
			r := ContactRejected{Rejected: Rejected{Contact: contact}}
			var at int64
			err := rows.Scan(&r.Run, &r.Destination, &r.Audience, &r.Position, &r.Line, &r.Outcome, &r.Reason, &r.Column, &r.Code,
				&r.Text, &r.RequestID, &at, &r.State)
			r.At = sqldb.FromMicros(at)
			into.Rejected = append(into.Rejected, r)
			return err
		})
	}
}

package contacts

import (
	"context"
	"slices"
	"strings"
	"time"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// Record is what the store knows of one contact. Dates of runs that have passed their
// retention are zero.
type Record struct {
	Held     []HeldStatus
	Values   []HeldValue
	Rejected []staging.ContactRejected
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

const audienceOfColumn = `SELECT audience, namespace FROM status_columns WHERE destination = ? AND column_name = ?`

// Contact gives what the store knows of a contact at a destination, "" for all of them.
func (c *Contacts) Contact(ctx context.Context, destination, contact string) (Record, error) {
	contact = strings.ToLower(strings.TrimSpace(contact))
	destinations := []string{destination}
	if destination == "" {
		var err error
		if destinations, err = Destinations(ctx, c.db); err != nil {
			return Record{}, err
		}
	}
	var record Record
	for _, destination := range destinations {
		for _, look := range []func(context.Context, string, string) error{c.heldStatuses(&record), c.heldValues(&record), c.rejectedOf(&record)} {
			if err := look(ctx, destination, contact); err != nil {
				return record, sqldb.Explain(err)
			}
		}
	}
	return record, nil
}

func (c *Contacts) heldStatuses(into *Record) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		columns, err := ledger.StatusColumns(ctx, c.db.Reader(), destination)
		if err != nil {
			return err
		}
		slices.Sort(columns)
		for _, column := range columns {
			e, err := c.ledger.StatusOf(ctx, destination, column, contact)
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
			if _, err := c.db.QueryOne(ctx, audienceOfColumn, []any{destination, column}, &held.Audience, &held.Namespace); err != nil {
				return err
			}
			var began int64
			if known, err := c.db.QueryOne(ctx, `SELECT started_at FROM runs WHERE run = ?`, []any{e.Run}, &began); err != nil {
				return err
			} else if known {
				held.RunStartedAt = sqldb.FromMicros(began)
			}
			into.Held = append(into.Held, held)
		}
		return nil
	}
}

func (c *Contacts) heldValues(into *Record) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		held, err := c.ledger.ValuesOf(ctx, destination, contact)
		if err != nil || held == nil {
			return err
		}
		for _, v := range held.Parse() {
			into.Values = append(into.Values, HeldValue{Destination: destination, Column: v.Column, Value: v.Text, AsOf: sqldb.FromMicros(v.AsOf)})
		}
		return nil
	}
}

func (c *Contacts) rejectedOf(into *Record) func(context.Context, string, string) error {
	return func(ctx context.Context, destination, contact string) error {
		rejected, err := c.staging.RejectedOfContact(ctx, destination, contact)
		into.Rejected = append(into.Rejected, rejected...)
		return err
	}
}

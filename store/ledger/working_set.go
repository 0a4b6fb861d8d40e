package ledger

import (
	"context"

	"audienceflow/store/sqldb"
)

// WorkingSet are the parts of both ledgers that some contacts belong to.
type WorkingSet struct {
	status leaves[Status, *Status]
	values leaves[Values, *Values]
}

// Load reads them for contacts in order.
func (l *WorkingSet) Load(ctx context.Context, t *sqldb.Tx, destination, column string, contacts []string) error {
	if err := l.status.load(ctx, t, destination, column, contacts); err != nil {
		return err
	}
	return l.values.load(ctx, t, destination, valuesLedger, contacts)
}

// Find gives what both know of one of these contacts, nil for nothing.
func (l *WorkingSet) Find(contact string) (*Status, *Values, error) {
	status, err := l.status.find(contact)
	if err != nil {
		return nil, nil, err
	}
	values, err := l.values.find(contact)
	return status, values, err
}

func (l *WorkingSet) write(ctx context.Context, t *sqldb.Tx, destination, column string) error {
	if err := l.status.write(ctx, t, destination, column); err != nil {
		return err
	}
	return l.values.write(ctx, t, destination, valuesLedger)
}

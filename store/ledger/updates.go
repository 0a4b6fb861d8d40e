package ledger

import (
	"context"
	"slices"
	"strings"

	"audienceflow/store/sqldb"
)

// Updates gathers what a transaction does to the ledgers of one destination and column.
type Updates struct {
	run, destination, column string
	rows                     []update
}

type update struct {
	contact string
	Update
}

// NewUpdates collects what a run has exported to a column.
func NewUpdates(run, destination, column string) *Updates {
	return &Updates{run: run, destination: destination, column: column}
}

// Book notes what a contact's ledgers hold after it was written: the run that wrote it is noted
// with it.
func (w *Updates) Book(contact string, s Update) {
	s.StatusDated, s.SameAsLedger = false, false
	w.Add(contact, s)
}

// Add notes what a contact's ledgers will hold.
func (w *Updates) Add(contact string, s Update) {
	if !s.SameAsLedger {
		w.rows = append(w.rows, update{contact, s})
	}
}

// Empty is true while there is nothing to write.
func (w *Updates) Empty() bool { return len(w.rows) == 0 }

// Write does it. l has been loaded for these contacts in the same transaction; nil: it has to be.
func (w *Updates) Write(ctx context.Context, t *sqldb.Tx, l *WorkingSet) error {
	if w.Empty() {
		return nil
	}
	if l == nil {
		slices.SortFunc(w.rows, func(a, b update) int { return strings.Compare(a.contact, b.contact) })
		contacts := make([]string, len(w.rows))
		for i := range w.rows {
			contacts[i] = w.rows[i].contact
		}
		l = &WorkingSet{}
		if err := l.Load(ctx, t, w.destination, w.column, contacts); err != nil {
			return err
		}
	}
	for i := range w.rows {
		if err := w.rows[i].put(w.run, l); err != nil {
			return err
		}
	}
	return l.write(ctx, t, w.destination, w.column)
}

func (w *update) put(run string, l *WorkingSet) error {
	if err := w.putStatus(run, l); err != nil {
		return err
	}
	switch {
	case w.ValuesDated:
		held, err := l.values.find(w.contact)
		if err != nil || held == nil {
			return err
		}
		return l.values.put(w.contact, Values{Attributes: held.Attributes, AsOf: w.ValuesAsOf})
	case w.Attributes != "":
		return l.values.put(w.contact, Values{Attributes: w.Attributes, AsOf: w.ValuesAsOf})
	case w.Values != nil:
		return l.values.put(w.contact, w.Values.ledger())
	}
	return nil
}

func (w *update) putStatus(run string, l *WorkingSet) error {
	if w.Status == nil {
		return nil
	}
	entry := *w.Status
	entry.Run = run
	if w.StatusDated {
		held, err := l.status.find(w.contact)
		if err != nil {
			return err
		}
		if held != nil {
			entry.Run = held.Run
		}
	}
	return l.status.put(w.contact, entry)
}

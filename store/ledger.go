package store

import (
	"context"
	"slices"
	"strings"
)

// ledgers are the parts of both ledgers that some contacts belong to.
type ledgers struct {
	status leaves[statusEntry, *statusEntry]
	values leaves[ledgerValues, *ledgerValues]
}

// load reads them for contacts in order.
func (l *ledgers) load(ctx context.Context, t *tx, p Policy, contacts []string) error {
	if err := l.status.load(ctx, t, p.Destination, p.StatusColumn, contacts); err != nil {
		return err
	}
	return l.values.load(ctx, t, p.Destination, valuesLedger, contacts)
}

// find gives what both know of one of these contacts, nil for nothing.
func (l *ledgers) find(contact string) (*statusEntry, *ledgerValues, error) {
	status, err := l.status.find(contact)
	if err != nil {
		return nil, nil, err
	}
	values, err := l.values.find(contact)
	return status, values, err
}

func (l *ledgers) write(ctx context.Context, t *tx, p Policy) error {
	if err := l.status.write(ctx, t, p.Destination, p.StatusColumn); err != nil {
		return err
	}
	return l.values.write(ctx, t, p.Destination, valuesLedger)
}

// ledgerWrites gathers what a transaction does to the ledgers of one destination and column.
type ledgerWrites struct {
	run    string
	policy Policy
	rows   []ledgerWrite
}

type ledgerWrite struct {
	contact string
	settled
}

func newLedgerWrites(run string, p Policy) *ledgerWrites { return &ledgerWrites{run: run, policy: p} }

// book notes what a contact's ledgers hold after it was written: the run that wrote it is noted with it.
func (w *ledgerWrites) book(contact string, s settled) {
	s.statusDated, s.sameAsLedger = false, false
	w.add(contact, s)
}

// add notes what a contact's ledgers will hold.
func (w *ledgerWrites) add(contact string, s settled) {
	if !s.sameAsLedger {
		w.rows = append(w.rows, ledgerWrite{contact, s})
	}
}

func (w *ledgerWrites) empty() bool { return len(w.rows) == 0 }

// write does it. l has been loaded for these contacts in the same transaction; nil: it has to be.
func (w *ledgerWrites) write(ctx context.Context, t *tx, l *ledgers) error {
	if w.empty() {
		return nil
	}
	if l == nil {
		slices.SortFunc(w.rows, func(a, b ledgerWrite) int { return strings.Compare(a.contact, b.contact) })
		contacts := make([]string, len(w.rows))
		for i := range w.rows {
			contacts[i] = w.rows[i].contact
		}
		l = &ledgers{}
		if err := l.load(ctx, t, w.policy, contacts); err != nil {
			return err
		}
	}
	for i := range w.rows {
		if err := w.rows[i].put(w.run, l); err != nil {
			return err
		}
	}
	return l.write(ctx, t, w.policy)
}

func (w *ledgerWrite) put(run string, l *ledgers) error {
	if err := w.putStatus(run, l); err != nil {
		return err
	}
	switch {
	case w.valuesDated:
		held, err := l.values.find(w.contact)
		if err != nil || held == nil {
			return err
		}
		return l.values.put(w.contact, ledgerValues{attributes: held.attributes, asOf: w.valuesAsOf})
	case w.attributes != "":
		return l.values.put(w.contact, ledgerValues{attributes: w.attributes, asOf: w.valuesAsOf})
	case w.values != nil:
		return l.values.put(w.contact, w.values.ledger())
	}
	return nil
}

func (w *ledgerWrite) putStatus(run string, l *ledgers) error {
	if w.status == nil {
		return nil
	}
	entry := *w.status
	entry.run = run
	if w.statusDated {
		held, err := l.status.find(w.contact)
		if err != nil {
			return err
		}
		if held != nil {
			entry.run = held.run
		}
	}
	return l.status.put(w.contact, entry)
}

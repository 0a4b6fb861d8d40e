package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"audienceflow/store/contacts"
	"audienceflow/store/inbox"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
	"audienceflow/store/validations"
)

// Erasure is the receipt of EraseContact: how much of each kind was deleted, and where.
type Erasure struct {
	Destinations []string `json:"destinations"` // at which something was found
	Ledger       int64    `json:"ledger"`       // entries of status columns
	Values       int64    `json:"values"`       // entries of mapped values, one a destination
	Rows         int64    `json:"rows"`         // staged rows of runs, what previews show included
	Rejected     int64    `json:"rejected"`     // excluded and failed rows
	Warnings     int64    `json:"warnings"`     // values left out
	Mismatches   int64    `json:"mismatches"`   // columns that validations found to differ
	Events       int64    `json:"events"`       // of inboxes; each leaves one that counts as ignored
	// InLog is set while SQLite's write-ahead log still holds older copies, because somebody was
	// reading: they go with the next checkpoint.
	InLog bool `json:"inLog,omitempty"`
}

// Total is how many entries, rows and events were deleted.
func (e Erasure) Total() int64 {
	return e.Ledger + e.Values + e.Rows + e.Rejected + e.Warnings + e.Mismatches + e.Events
}

func (e *Erasure) add(destination string, more Erasure) {
	if more.Total() == 0 {
		return
	}
	e.Destinations = append(e.Destinations, destination)
	e.Ledger += more.Ledger
	e.Values += more.Values
	e.Rows += more.Rows
	e.Rejected += more.Rejected
	e.Warnings += more.Warnings
	e.Mismatches += more.Mismatches
	e.Events += more.Events
}

// ContactInUse says that a contact cannot be erased at present.
type ContactInUse struct {
	Destination, Run string
	Doing            string
}

func (e *ContactInUse) Error() string {
	return fmt.Sprintf("run %s to destination %s is %s this contact: nothing of it was erased there; "+
		"try again when the run has gone on, or cancel it", e.Run, e.Destination, e.Doing)
}

// EraseContact forgets one person: it deletes what the store holds of a contact at a destination,
// "" for all of them, and says how much that was. The numbers of ended runs stay as they are; a run
// under way loses the row, and sends nothing for it. *ContactInUse while a run is staging or
// sending the contact: nothing is erased at that destination then. Idempotent: what has been erased
// before counts nothing. Sources, Dynamics and backups are not the store's: a source that still
// names the contact brings it back. On PostgreSQL deleted rows leave the server's files with its
// next vacuum.
func (s *Store) EraseContact(ctx context.Context, destination, contact string) (Erasure, error) {
	contact = strings.ToLower(strings.TrimSpace(contact))
	if contact == "" {
		return Erasure{}, fmt.Errorf("no contact is named: nothing was erased")
	}
	destinations := []string{destination}
	if destination == "" {
		var err error
		if destinations, err = contacts.Destinations(ctx, s.db); err != nil {
			return Erasure{}, err
		}
	}
	var all Erasure
	for _, destination := range destinations {
		if err := s.keepNumbers(ctx, destination, contact); err != nil {
			return all, err
		}
		e := &erasing{destination: destination, contact: contact}
		if err := s.db.Update(ctx, func(t *sqldb.Tx) error { return e.erase(ctx, t) }); err != nil {
			return all, err
		}
		all.add(destination, e.Erasure)
	}
	emptied, err := s.db.Checkpoint(ctx)
	all.InLog = !emptied
	return all, err
}

const (
	inFlightWithContact = `SELECT run, contacts FROM in_flight
	WHERE destination = ? AND first_contact <= ? AND last_contact >= ?`

	eraseLookups = `DELETE FROM contact_lookups WHERE destination = ? AND contact = ?`

	eraseAbsent = `UPDATE runs SET absent_cursor = ''
	WHERE destination = ? AND absent_cursor = ? AND (absent_done = 1 OR ended_at IS NOT NULL)`
)

// keepNumbers keeps the numbers of ended runs that are about to lose a row.
func (s *Store) keepNumbers(ctx context.Context, destination, contact string) error {
	runs, err := s.EndedWith(ctx, destination, contact)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := s.KeepNumbers(ctx, run); err != nil && !errors.Is(err, runlog.ErrNoRun) { // it has expired since
			return err
		}
	}
	return nil
}

// erasing deletes one contact at one destination.
type erasing struct {
	Erasure
	destination, contact string
}

func (e *erasing) erase(ctx context.Context, t *sqldb.Tx) error {
	e.Erasure = Erasure{}
	if err := t.Lock(ctx, e.destination); err != nil {
		return err
	}
	steps := []func(context.Context, *sqldb.Tx) error{e.refuse, e.events, e.blocks, e.pages, e.ledgers}
	for _, step := range steps {
		if err := step(ctx, t); err != nil {
			return err
		}
	}
	var err error
	if e.Rejected, e.Warnings, err = staging.EraseBeside(ctx, t, e.destination, e.contact); err != nil {
		return err
	}
	for _, statement := range []string{eraseAbsent, eraseLookups} {
		if _, err := t.Exec(ctx, statement, e.destination, e.contact); err != nil {
			return err
		}
	}
	e.Mismatches, err = validations.Erase(ctx, t, e.destination, e.contact)
	return err
}

func (e *erasing) inUse(run, doing string) error {
	return &ContactInUse{Destination: e.destination, Run: run, Doing: doing}
}

// refuse stops where somebody has the contact in flight.
func (e *erasing) refuse(ctx context.Context, t *sqldb.Tx) error {
	args := []any{e.destination, e.contact, e.contact}
	return t.QueryEach(ctx, inFlightWithContact, args, func(rows *sql.Rows) error {
		var run, contacts string
		if err := rows.Scan(&run, &contacts); err != nil {
			return err
		}
		if slices.Contains(strings.Fields(contacts), e.contact) {
			return e.inUse(run, "sending")
		}
		return nil
	})
}

func (e *erasing) ledgers(ctx context.Context, t *sqldb.Tx) error {
	columns, err := ledger.StatusColumns(ctx, t, e.destination)
	if err != nil {
		return err
	}
	one := []string{e.contact}
	for _, column := range columns {
		n, err := ledger.RemoveStatus(ctx, t, e.destination, column, one)
		if err != nil {
			return err
		}
		e.Ledger += n
	}
	e.Values, err = ledger.RemoveValues(ctx, t, e.destination, one)
	return err
}

// events empties the contact's events. Those that a micro-batch is staging are in use.
func (e *erasing) events(ctx context.Context, t *sqldb.Tx) error {
	all, err := inbox.EventsOf(ctx, t, e.destination, e.contact)
	if err != nil {
		return err
	}
	for _, found := range all {
		if found.Claimed != "" {
			_, staged, err := staging.Lock(ctx, t, found.Claimed)
			if err != nil {
				return err
			}
			if !staged {
				return e.inUse(found.Claimed, "staging")
			}
		}
		if err := found.Empty(ctx, t); err != nil {
			return err
		}
		e.Events += int64(len(found.Seqs))
	}
	return nil
}

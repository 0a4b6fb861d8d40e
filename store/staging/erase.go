package staging

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"audienceflow/store/sqldb"
)

const (
	endedWithContact = `SELECT r.run FROM runs r
	WHERE r.destination = ? AND r.ended_at IS NOT NULL AND r.purged = 0 AND r.counts IS NOT NULL
	AND (EXISTS (SELECT 1 FROM rejected j WHERE j.run = r.run AND j.contact = ?)
	OR EXISTS (SELECT 1 FROM staged s
	WHERE s.run = r.run AND s.last_contact >= ? AND s.first_contact <= ?))`

	ofRuns = ` WHERE run IN (SELECT run FROM runs WHERE destination = ?) AND contact = ?`

	eraseRejected = `DELETE FROM rejected` + ofRuns
	eraseWarnings = `DELETE FROM warnings` + ofRuns

	// How far a run has come is kept as a contact.
	eraseSorted = `UPDATE runs SET sorted_to = ''
	WHERE destination = ? AND sorted_to = ? AND staging_done = 1`
)

// pagesOfContact and blocksOfContact look up the rows of each run by its key; see ledger for the
// words of PostgreSQL.
var pagesOfContact = sqldb.Statement{
	SQLite: `SELECT s.run, s.page FROM runs r
	CROSS JOIN staged s ON s.run = r.run AND s.last_contact >= ? AND s.first_contact <= ?
	WHERE r.destination = ?`,
	PostgreSQL: `SELECT s.run, s.page FROM runs r
	JOIN LATERAL (SELECT * FROM staged s
	WHERE s.run = r.run AND s.last_contact >= ? AND s.first_contact <= ? OFFSET 0) s ON true
	WHERE r.destination = ?`,
}

var blocksOfContact = sqldb.Statement{
	SQLite: `SELECT b.run, r.ended_at, r.staging_done, b.data FROM runs r
	CROSS JOIN staged_blocks b ON b.run = r.run AND b.last_contact >= ?
	WHERE r.destination = ? ORDER BY b.run, b.segment, b.block`,
	PostgreSQL: `SELECT b.run, r.ended_at, r.staging_done, b.data FROM runs r
	JOIN LATERAL (SELECT * FROM staged_blocks b
	WHERE b.run = r.run AND b.last_contact >= ? OFFSET 0) b ON true
	WHERE r.destination = ? ORDER BY b.run, b.segment, b.block`,
}

// EndedWith gives the runs that have ended, not been purged, and may hold rows of a contact.
func (s *Staging) EndedWith(ctx context.Context, destination, contact string) ([]string, error) {
	var ended []string
	args := []any{destination, contact, contact, contact}
	err := s.db.QueryEach(ctx, endedWithContact, args, sqldb.Column(&ended))
	return ended, err
}

// EraseBeside deletes a contact's rejected rows and values left out from the runs to a destination,
// and the contact itself where it says how far one of them has come.
func EraseBeside(ctx context.Context, t *sqldb.Tx, destination, contact string) (rejected, warnings int64, err error) {
	if rejected, err = t.Exec(ctx, eraseRejected, destination, contact); err != nil {
		return 0, 0, err
	}
	if warnings, err = t.Exec(ctx, eraseWarnings, destination, contact); err != nil {
		return 0, 0, err
	}
	_, err = t.Exec(ctx, eraseSorted, destination, contact)
	return rejected, warnings, err
}

// EraseBlocks deletes what ended runs have left unsorted if the contact is among it. staging names
// a run that is still at staging, and would bring the contact back.
func EraseBlocks(ctx context.Context, t *sqldb.Tx, destination, contact string) (staging string, err error) {
	over := map[string]bool{}
	args := []any{contact, destination}
	err = t.QueryEach(ctx, t.Words(blocksOfContact), args, func(rows *sql.Rows) error {
		var run string
		var ended sql.NullInt64
		var staged int64
		var data []byte
		if err := rows.Scan(&run, &ended, &staged, &data); err != nil {
			return err
		}
		if over[run] || staging != "" {
			return nil
		}
		holds, err := blockHolds(data, contact)
		if err != nil || !holds {
			return err
		}
		if !ended.Valid && staged == 0 {
			staging = run
			return nil
		}
		over[run] = true
		return nil
	})
	if err != nil || staging != "" {
		return staging, err
	}
	for run := range over {
		if _, err := t.Exec(ctx, `DELETE FROM staged_blocks WHERE run = ?`, run); err != nil {
			return "", err
		}
	}
	return "", nil
}

func blockHolds(data []byte, contact string) (bool, error) {
	for rows := newDecoder(data); !rows.empty(); {
		row, err := rows.row(&Row{})
		if err != nil || row.Contact == contact {
			return err == nil, err
		}
	}
	return false, nil
}

// PageRef names a page.
type PageRef struct {
	Run  string
	Page int
}

// PagesOf gives the pages of runs to a destination that may hold a contact, by run.
func PagesOf(ctx context.Context, t *sqldb.Tx, destination, contact string) ([]PageRef, error) {
	var all []PageRef
	err := t.QueryEach(ctx, t.Words(pagesOfContact), []any{contact, contact, destination}, func(rows *sql.Rows) error {
		var ref PageRef
		err := rows.Scan(&ref.Run, &ref.Page)
		all = append(all, ref)
		return err
	})
	slices.SortFunc(all, func(a, b PageRef) int { return strings.Compare(a.Run, b.Run) })
	return all, err
}

// Remove takes the row of a contact out of a page.
func (p *Page) Remove(contact string) {
	p.Rows = slices.DeleteFunc(p.Rows, func(r PageRow) bool { return r.Contact == contact })
}

// KeepOrDropPage keeps a page that has lost rows, or drops it if there is none left.
func KeepOrDropPage(ctx context.Context, t *sqldb.Tx, p *Page) error {
	if len(p.Rows) == 0 {
		return dropPage(ctx, t, p.Run, p.Number)
	}
	return KeepPage(ctx, t, p)
}

// KeepPage keeps the rows of a page, fewer of them, and what has become of them.
func KeepPage(ctx context.Context, t *sqldb.Tx, p *Page) error {
	if err := putRows(ctx, t, p); err != nil {
		return err
	}
	return KeepOutcomes(ctx, t, p)
}

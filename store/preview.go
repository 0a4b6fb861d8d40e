package store

import (
	"cmp"
	"context"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// PreviewRow is a row that would be sent, and what it would change.
type PreviewRow struct {
	Contact  string
	Position int64
	Line     int64
	Exited   bool
	Changes  []PreviewChange // status column first, then by column name
}

// PreviewChange is one column before and after; nil is null. Known is false when the value before
// is not known to the store.
type PreviewChange struct {
	Column string
	Before *string
	After  *string
	Known  bool
}

// previewPages are the most pages that are gone through for the first rows of a source.
const previewPages = 300

// Preview gives the first n rows that would be sent, with what they would change. It needs a planned
// run. bySource: they are the first of the source; of a run of more pages than are gone through they
// are those of the lowest contacts.
func (s *Store) Preview(ctx context.Context, run string, n int) (rows []PreviewRow, bySource bool, err error) {
	p, err := s.policy(ctx, run)
	if err != nil {
		return nil, false, err
	}
	pages, err := s.Pages(ctx, run)
	if err != nil {
		return nil, false, err
	}
	first := firstRows{wanted: n, bySource: pages <= previewPages}
	for after := 0; !first.complete(); {
		page, err := staging.NextPending(ctx, s.db.Reader(), run, after)
		if err != nil {
			return nil, false, sqldb.Explain(err)
		}
		if page == nil {
			break
		}
		after = page.Number
		first.add(page)
	}
	rows, err = s.preview(ctx, p, first.found)
	return rows, first.bySource, sqldb.Explain(err)
}

// firstRows are the rows that a preview shows: the first of the source, or the first that come.
type firstRows struct {
	wanted   int
	bySource bool
	found    []foundRow
}

type foundRow struct {
	page *staging.Page
	row  *staging.PageRow
}

func (f foundRow) compare(other foundRow) int {
	return cmp.Or(cmp.Compare(f.row.Position, other.row.Position), cmp.Compare(f.row.Contact, other.row.Contact))
}

func (f *firstRows) complete() bool { return !f.bySource && len(f.found) == f.wanted }

func (f *firstRows) add(p *staging.Page) {
	for i := range p.Rows {
		if !p.Rows[i].Is(runs.OutcomePending) || f.complete() {
			continue
		}
		one := foundRow{p, &p.Rows[i]}
		at := len(f.found)
		if f.bySource {
			at, _ = slices.BinarySearchFunc(f.found, one, foundRow.compare)
		}
		f.found = slices.Insert(f.found, at, one)
		f.found = f.found[:min(len(f.found), f.wanted)]
	}
}

// preview says what rows would change.
func (s *Store) preview(ctx context.Context, p Policy, found []foundRow) ([]PreviewRow, error) {
	rows := make([]PreviewRow, 0, len(found))
	var subject subject
	for _, f := range found {
		k, err := lookUpContacts(ctx, s.db.Reader(), f.page.Run, p, []string{f.row.Contact})
		if err == nil {
			err = k.subject(&subject, f.page, f.row)
		}
		if err != nil {
			return nil, err
		}
		row := PreviewRow{Contact: f.row.Contact, Position: f.row.Position, Line: subject.line, Exited: subject.exited}
		for _, change := range decide(&subject, p, taking).changes {
			before, known := subject.currentValue(p, change.Column)
			row.Changes = append(row.Changes, PreviewChange{Column: change.Column, Before: before, After: change.Value, Known: known})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// currentValue is what Dynamics holds in a column, as far as we know: what was read, else what the
// ledgers say.
func (s *subject) currentValue(p Policy, column string) (text *string, known bool) {
	if s.before != nil {
		return s.read(column)
	}
	if column == p.StatusColumn {
		if s.status == nil || !s.status.Exported {
			return nil, false
		}
		return s.status.Word, true
	}
	exported := s.ledger.Parse()
	if at := exported.Find(column); at >= 0 {
		return exported[at].Text, true
	}
	return nil, false
}

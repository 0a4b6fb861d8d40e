package store

import (
	"context"

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

// Preview gives the first n rows that would be sent, in the order of sending, with what they would
// change. It needs a planned run.
func (s *Store) Preview(ctx context.Context, run string, n int) ([]PreviewRow, error) {
	p, err := s.policy(ctx, run)
	if err != nil {
		return nil, err
	}
	rows := make([]PreviewRow, 0, n)
	for after := 0; len(rows) < n; {
		page, err := staging.NextPending(ctx, s.db.Reader(), run, after)
		if err != nil || page == nil {
			return rows, sqldb.Explain(err)
		}
		after = page.Number
		if rows, err = s.preview(ctx, p, page, rows, n); err != nil {
			return nil, sqldb.Explain(err)
		}
	}
	return rows, nil
}

// preview adds rows of a page, until there are n.
func (s *Store) preview(ctx context.Context, p Policy, page *staging.Page, rows []PreviewRow, n int) ([]PreviewRow, error) {
	contacts := page.ContactsOf(func(r *staging.PageRow) bool { return r.Is(runs.OutcomePending) })
	contacts = contacts[:min(len(contacts), n-len(rows))]
	k, err := lookUpContacts(ctx, s.db.Reader(), page.Run, p, contacts)
	if err != nil {
		return nil, err
	}
	var subject subject
	for _, contact := range contacts {
		staged := page.Find(contact)
		if err := k.subject(&subject, page, staged); err != nil {
			return nil, err
		}
		row := PreviewRow{Contact: contact, Position: staged.Position, Line: subject.line, Exited: subject.exited}
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

package store

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

const previewPages = selectPages + `o.page > ? AND o.pending_realized + o.pending_exited > 0 ORDER BY o.page LIMIT 1`

// Preview gives the first n rows that would be sent, in the order of sending, with what they would change. It needs a planned run.
func (s *Store) Preview(ctx context.Context, run string, n int) ([]PreviewRow, error) {
	p, err := s.policy(ctx, run)
	if err != nil {
		return nil, err
	}
	rows := make([]PreviewRow, 0, n)
	for after := 0; len(rows) < n; {
		pages, err := readPages(ctx, s.db.Reader(), run, previewPages, run, after)
		if err != nil || len(pages) == 0 {
			return rows, sqldb.Explain(err)
		}
		after = pages[0].number
		if rows, err = s.preview(ctx, p, pages[0], rows, n); err != nil {
			return nil, sqldb.Explain(err)
		}
	}
	return rows, nil
}

// preview adds rows of a page, until there are n.
func (s *Store) preview(ctx context.Context, p Policy, page *page, rows []PreviewRow, n int) ([]PreviewRow, error) {
	contacts := page.contactsOf(func(r *pageRow) bool { return r.is(runs.OutcomePending) })
	contacts = contacts[:min(len(contacts), n-len(rows))]
	k, err := lookUp(ctx, s.db.Reader(), page.run, p, contacts)
	if err != nil {
		return nil, err
	}
	var subject subject
	for _, contact := range contacts {
		if err := k.subject(&subject, page, page.find(contact)); err != nil {
			return nil, err
		}
		row := PreviewRow{Contact: contact, Line: subject.line, Exited: subject.exited}
		for _, change := range decide(&subject, p, false, true).changes {
			before, known := subject.held(p, change.Column)
			row.Changes = append(row.Changes, PreviewChange{Column: change.Column, Before: before, After: change.Value, Known: known})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// held is what Dynamics holds in a column, as far as we know: what was read, else what the ledgers say.
func (s *subject) held(p Policy, column string) (text *string, known bool) {
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

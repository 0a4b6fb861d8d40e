package store

import "context"

const previewSubjects = selectSubjects + `s.outcome = 'pending' ORDER BY s.contact LIMIT ?`

// Preview gives the first n rows that would be sent, in contact order, with what they would change. It needs a planned run.
func (s *Store) Preview(ctx context.Context, run string, n int) ([]PreviewRow, error) {
	p, err := s.policy(ctx, run)
	if err != nil {
		return nil, err
	}
	reader := &tx{store: s, run: s.read}
	subjects, err := reader.subjects(ctx, previewSubjects, subjectArgs(p, run, n))
	if err != nil {
		return nil, explain(err)
	}
	rows := make([]PreviewRow, 0, len(subjects))
	for _, subject := range subjects {
		row := PreviewRow{Contact: subject.contact, Line: subject.line, Exited: subject.exited}
		for _, change := range decide(subject, p, false, true).changes {
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
		text, known = s.before[column]
		return text, known
	}
	if column == p.StatusColumn {
		if s.status == nil || !s.status.exported {
			return nil, false
		}
		return s.status.word, true
	}
	if at := s.exported.find(column); at >= 0 {
		return s.exported[at].text, true
	}
	return nil, false
}

package store

import (
	"context"
	"database/sql"
)

// selectSubjects reads staged rows with all that decides about them. Its first parameters are destination, column, destination,
// destination, run; conditions on s follow.
const selectSubjects = `SELECT s.contact, s.line, s.position, s.exited, s.qualified_at, s.as_of, s.absent, s.attributes, s.bad_column, s.bad_reason,
	s.word_mode, s.word, s.outcome, s.before,
	e.word, e.exited, e.qualified_at, e.as_of, e.exported, v.attributes, v.as_of, v.other_as_of, f.run, f.batch
FROM staged s
LEFT JOIN exported_status e ON e.destination = ? AND e.column_name = ? AND e.contact = s.contact
LEFT JOIN exported_contacts v ON v.destination = ? AND v.contact = s.contact
LEFT JOIN in_flight f ON f.destination = ? AND f.contact = s.contact
WHERE s.run = ? AND `

func subjectArgs(p Policy, run string, more ...any) []any {
	return append([]any{p.Destination, p.StatusColumn, p.Destination, p.Destination, run}, more...)
}

// scanner reads subjects; its fields are reused from row to row.
type scanner struct {
	badColumn, badReason, word, outcome, before  sql.NullString
	eWord, attributes, other, fRun               sql.NullString
	eExited, eQualified, eAsOf, eExported, vAsOf sql.NullInt64
	fBatch                                       sql.NullInt64
	exited, absent                               int64
	staged                                       string
}

func (c *scanner) scan(rows *sql.Rows) (*subject, error) {
	s := &subject{}
	err := rows.Scan(&s.contact, &s.line, &s.position, &c.exited, &s.key.qualifiedAt, &s.key.asOf, &c.absent, &c.staged, &c.badColumn, &c.badReason,
		&s.wordMode, &c.word, &c.outcome, &c.before,
		&c.eWord, &c.eExited, &c.eQualified, &c.eAsOf, &c.eExported, &c.attributes, &c.vAsOf, &c.other, &c.fRun, &c.fBatch)
	if err != nil {
		return nil, err
	}
	s.exited, s.absent = c.exited != 0, c.absent != 0
	s.key.exited = s.exited
	s.values = parseValues(c.staged, s.key.asOf)
	s.badColumn, s.badReason, s.outcome = c.badColumn.String, c.badReason.String, c.outcome.String
	s.word = pointer(c.word)
	if c.before.Valid {
		s.before = parseBefore(c.before.String)
	}
	if c.eExited.Valid {
		s.status = &statusEntry{word: pointer(c.eWord), exited: c.eExited.Int64 != 0, exported: c.eExported.Int64 != 0,
			key: key{c.eQualified.Int64, c.eExited.Int64 != 0, c.eAsOf.Int64}}
	}
	if c.attributes.Valid {
		s.exported = parseLedger(c.attributes.String, c.vAsOf.Int64, c.other.String)
	}
	if c.fRun.Valid {
		s.holder = BatchRef{c.fRun.String, int(c.fBatch.Int64)}
	}
	return s, nil
}

func pointer(text sql.NullString) *string {
	if !text.Valid {
		return nil
	}
	s := text.String
	return &s
}

// subjects reads the subjects of a query made of selectSubjects.
func (t *tx) subjects(ctx context.Context, query string, args []any) ([]*subject, error) {
	var all []*subject
	c := &scanner{}
	err := t.each(ctx, query, args, func(rows *sql.Rows) error {
		s, err := c.scan(rows)
		all = append(all, s)
		return err
	})
	return all, err
}

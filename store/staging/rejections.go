package staging

import (
	"context"
	"strings"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// Failure is a row that was refused, with Dynamics' own words: they are kept in the rejected table
// and nowhere else.
type Failure struct {
	Contact   string
	Reason    string // contact_not_found, invalid_value, plugin_error, no_privilege, ...
	Column    string // when the error names one
	Code      string
	Text      string
	RequestID string
}

// Rejections gathers failed rows of pages for the table rejected.
type Rejections struct{ parameters []any }

// Add adds a row of a page, refused when a batch was sent (0: at planning).
func (j *Rejections) Add(p *Page, r *PageRow, batch int, f Failure, at int64) {
	j.parameters = append(j.parameters, p.Run, r.Position, r.Contact, r.Line, r.Record, runs.OutcomeFailed, f.Reason, f.Column,
		f.Code, cleanText(f.Text), f.RequestID, at, int64(p.Number), int64(batch))
}

// Write writes what was gathered.
func (j *Rejections) Write(ctx context.Context, t *sqldb.Tx) error {
	return t.Insert(ctx, rejectRows, j.parameters)
}

// cleanText makes Dynamics' words fit to be kept: PostgreSQL takes neither NUL nor invalid UTF-8.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

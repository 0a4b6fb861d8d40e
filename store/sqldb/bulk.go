package sqldb

import (
	"context"
	"strings"
)

// bulkSteps are the numbers of rows that one statement of a BulkInsert takes: few texts, each
// parsed once per connection.
var bulkSteps = [...]int{256, 64, 16, 4, 1}

// BulkInsert is a statement that inserts many rows of parameters.
type BulkInsert struct {
	Width    int // parameters of a row
	sqlite   []string
	postgres []string // by bulkSteps
}

// NewBulkInsert makes `head VALUES (...), (...) tail`.
func NewBulkInsert(head string, width int, tail string) BulkInsert {
	b := BulkInsert{Width: width}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", width), ",") + ")"
	for _, n := range bulkSteps {
		text := head + " VALUES " + strings.TrimSuffix(strings.Repeat(row+",", n), ",") + " " + tail
		b.sqlite = append(b.sqlite, text)
		b.postgres = append(b.postgres, postgres.bind(text))
	}
	return b
}

// Insert runs the statement over all the rows whose parameters follow one another in args.
func (t *Tx) Insert(ctx context.Context, b BulkInsert, args []any) error {
	texts := b.sqlite
	if t.db.dialect == postgres {
		texts = b.postgres
	}
	for i, n := range bulkSteps {
		step := n * b.Width
		for ; len(args) >= step; args = args[step:] {
			if _, err := t.run.ExecContext(ctx, texts[i], args[:step]...); err != nil {
				return err
			}
		}
	}
	return nil
}

package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
)

// valueSteps are the sizes in which PostgreSQL gets many rows: few texts, each parsed once per connection.
var valueSteps = []int{256, 64, 16, 4, 1}

// ListSize is the most members that one statement's list has.
const ListSize = 2000

// ManyRows is a statement that inserts many rows of parameters.
type ManyRows struct {
	Width  int      // parameters of a row
	sqlite string   // from the given rows
	steps  []string // by valueSteps
}

// NewManyRows makes `head VALUES (...), (...) tail`.
func NewManyRows(head string, width int, tail string) ManyRows {
	m := ManyRows{Width: width, sqlite: head + " SELECT " + givenColumns(width) + " FROM temp.given WHERE true " + tail}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", width), ",") + ")"
	for _, n := range valueSteps {
		m.steps = append(m.steps, postgres.bind(head+" VALUES "+strings.TrimSuffix(strings.Repeat(row+",", n), ",")+" "+tail))
	}
	return m
}

// Insert runs the statement over all the rows whose parameters follow one another in args.
func (t *Tx) Insert(ctx context.Context, m ManyRows, args []any) error {
	if len(args) == 0 {
		return nil
	}
	if t.db.dialect == sqlite {
		return t.db.writer.execGiven(ctx, m.sqlite, m.Width, args)
	}
	for i, n := range valueSteps {
		step := n * m.Width
		for ; len(args) >= step; args = args[step:] {
			if _, err := t.run.ExecContext(ctx, m.steps[i], args[:step]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// ListMark stands in a statement for a list of contacts: `contact IN (*)`. It comes after all other parameters.
const ListMark = "IN (*)"

// list puts a list into a statement. PostgreSQL is told its range too: where it takes the table for a small one it would go through
// all of it and pick the members out.
func (d dialect) list(query string, args []any, members []string) (string, []any, error) {
	if d == postgres {
		query = strings.Replace(query, ListMark, "= ANY (?) AND contact >= ? AND contact <= ?", 1)
		return query, append(slices.Clone(args), members, slices.Min(members), slices.Max(members)), nil
	}
	list, err := json.Marshal(members)
	return strings.Replace(query, ListMark, "IN (SELECT value FROM json_each(?))", 1), append(slices.Clone(args), string(list)), err
}

// OverList puts a list into a statement that goes through its members, `FROM (*) c`, in their order and by `c.value`.
func (t *Tx) OverList(query string, members []string) (text string, list any, err error) {
	if t.db.dialect == postgres {
		return strings.Replace(query, "(*) c", "unnest(?::text[]) AS c (value)", 1), members, nil
	}
	all, err := json.Marshal(members)
	return strings.Replace(query, "(*) c", "json_each(?) c", 1), string(all), err
}

// ExecList runs a changing statement with a list. Gives the rows affected.
func (t *Tx) ExecList(ctx context.Context, query string, args []any, members []string) (int64, error) {
	var total int64
	for piece := range slices.Chunk(members, ListSize) {
		text, all, err := t.db.dialect.list(query, args, piece)
		if err != nil {
			return total, err
		}
		n, err := t.Exec(ctx, text, all...)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// QueryList calls row for every row of a query with a list, in pieces.
func (t *Tx) QueryList(ctx context.Context, query string, args []any, members []string, row func(*sql.Rows) error) error {
	for piece := range slices.Chunk(members, ListSize) {
		text, all, err := t.db.dialect.list(query, args, piece)
		if err != nil {
			return err
		}
		if err := t.QueryEach(ctx, text, all, row); err != nil {
			return err
		}
	}
	return nil
}

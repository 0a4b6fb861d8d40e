package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
)

// ListSize is the most members that one statement's list has.
const ListSize = 2000

// ListMark stands in a statement for a list of contacts: `contact IN (*)`. It comes after all other
// parameters.
const ListMark = "IN (*)"

// list puts a list into a statement. PostgreSQL is told its range too: where it takes the table for
// a small one it would go through all of it and pick the members out.
func (d dialect) list(query string, args []any, members []string) (string, []any, error) {
	if d == postgres {
		query = strings.Replace(query, ListMark, "= ANY (?) AND contact >= ? AND contact <= ?", 1)
		return query, append(slices.Clone(args), members, slices.Min(members), slices.Max(members)), nil
	}
	list, err := json.Marshal(members)
	return strings.Replace(query, ListMark, "IN (SELECT value FROM json_each(?))", 1), append(slices.Clone(args), string(list)), err
}

// List is a list as a parameter of a statement that goes through its members; see Statement.
func (t *Tx) List(members []string) (any, error) {
	if t.db.dialect == postgres {
		return members, nil
	}
	all, err := json.Marshal(members)
	return string(all), err
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

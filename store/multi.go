package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// Statements over many rows come in a few fixed sizes, so that each is parsed and planned once. Larger ones gain nothing: SQLite
// spends its time in the rows by then, and its limit is 32,766 parameters.
var valueSteps = []int{256, 64, 16, 4, 1}

// listSteps are the sizes of IN lists; a list is padded to the next one by repeating its last member.
var listSteps = []int{1, 8, 64, 512, 2048}

// manyRows is an INSERT of many rows: head VALUES (...), (...) tail. Its texts are made once.
type manyRows struct {
	width int
	texts []string // by valueSteps
}

func newManyRows(head string, width int, tail string) manyRows {
	return newManyRowsOf(head, "("+strings.TrimSuffix(strings.Repeat("?,", width), ",")+")", tail)
}

// newManyRowsOf is for rows that need more than bare parameters.
func newManyRowsOf(head, row, tail string) manyRows {
	m := manyRows{width: strings.Count(row, "?")}
	for _, n := range valueSteps {
		m.texts = append(m.texts, head+" VALUES "+strings.TrimSuffix(strings.Repeat(row+",", n), ",")+" "+tail)
	}
	return m
}

// insert runs the statement over all the rows whose parameters follow one another in args.
func (t *tx) insert(ctx context.Context, m manyRows, args []any) error {
	for i, n := range valueSteps {
		step := n * m.width
		for ; len(args) >= step; args = args[step:] {
			if _, err := t.exec(ctx, m.texts[i], args[:step]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// listMark stands in a statement for a list of texts: `contact IN (*)`.
const listMark = "IN (*)"

// list puts a list of texts into a statement and its parameters. The mark comes after all other parameters.
func (d dialect) list(query string, args []any, members []string) (string, []any) {
	if d == postgres {
		return strings.Replace(query, listMark, "= ANY (?)", 1), append(slices.Clone(args), members)
	}
	n := len(members)
	for _, step := range listSteps {
		if n <= step {
			n = step
			break
		}
	}
	all := make([]any, 0, len(args)+n)
	all = append(all, args...)
	for i := range n {
		all = append(all, members[min(i, len(members)-1)])
	}
	return strings.Replace(query, listMark, "IN ("+strings.TrimSuffix(strings.Repeat("?,", n), ",")+")", 1), all
}

// execList runs a statement with a list, in pieces of the largest list. Gives the rows affected.
func (t *tx) execList(ctx context.Context, query string, args []any, members []string) (int64, error) {
	var total int64
	for piece := range slices.Chunk(members, listSteps[len(listSteps)-1]) {
		text, all := t.store.dialect.list(query, args, piece)
		n, err := t.exec(ctx, text, all...)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// eachList calls row for every row of a query with a list, in pieces of the largest list.
func (t *tx) eachList(ctx context.Context, query string, args []any, members []string, row func(*sql.Rows) error) error {
	for piece := range slices.Chunk(members, listSteps[len(listSteps)-1]) {
		text, all := t.store.dialect.list(query, args, piece)
		if err := t.each(ctx, text, all, row); err != nil {
			return err
		}
	}
	return nil
}

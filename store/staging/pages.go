package staging

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"audienceflow/store/sqldb"
)

// pagesWhere reads the pages of a run that meet a condition on their outcomes `o`. PostgreSQL has
// to be told to look each page's rows up by their key: by a plan that is made for empty tables it
// would go through all pages of the run for each.
func pagesWhere(condition string) sqldb.Statement {
	return sqldb.Statement{
		SQLite: `SELECT o.page, s.data, o.state FROM outcomes o
	JOIN staged s ON s.run = o.run AND s.page = o.page WHERE o.run = ? AND ` + condition,
		PostgreSQL: `SELECT o.page, s.data, o.state FROM outcomes o
	JOIN LATERAL (SELECT s.data FROM staged s WHERE s.run = o.run AND s.page = o.page OFFSET 0) s ON true
	WHERE o.run = ? AND ` + condition,
	}
}

var onePage = pagesWhere(`o.page = ?`)

var (
	putPage = `INSERT INTO staged (run, page, first_contact, last_contact, data) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (run, page) DO UPDATE SET first_contact = excluded.first_contact, last_contact = excluded.last_contact, data = excluded.data`

	putOutcomes = `INSERT INTO outcomes (run, page, ` + strings.Join(numberColumns[:], `, `) + `, state)
	VALUES (?, ?, ` + strings.Repeat(`?, `, numberCount) + `?)`

	setOutcomes = `UPDATE outcomes SET ` + strings.Join(numberColumns[:], ` = ?, `) + ` = ?, state = ? WHERE run = ? AND page = ?`
)

// ReadPage reads one page.
func ReadPage(ctx context.Context, t *sqldb.Tx, run string, number int) (*Page, error) {
	p, err := FindPage(ctx, t, run, number)
	if err == nil && p == nil {
		err = fmt.Errorf("the store has no rows %d of run %s any more", number, run)
	}
	return p, err
}

const stateOfPage = `SELECT state FROM outcomes WHERE run = ? AND page = ?`

// Refresh gives a page that was read a while ago as it is now: the same one, unless somebody has
// decided rows of it since.
func Refresh(ctx context.Context, t *sqldb.Tx, p *Page) (*Page, error) {
	var state []byte
	if _, err := t.QueryOne(ctx, stateOfPage, []any{p.Run, p.Number}, &state); err != nil {
		return nil, err
	}
	if bytes.Equal(state, p.state()) {
		return p, nil
	}
	return ReadPage(ctx, t, p.Run, p.Number)
}

// readPages reads the pages of a statement made by pagesWhere.
func readPages(ctx context.Context, t *sqldb.Tx, run string, s sqldb.Statement, args ...any) ([]*Page, error) {
	var all []*Page
	err := t.QueryEach(ctx, t.Words(s), args, func(rows *sql.Rows) error {
		var number int
		var data, state []byte
		if err := rows.Scan(&number, &data, &state); err != nil {
			return err
		}
		p, err := decodePage(run, number, data, state)
		all = append(all, p)
		return err
	})
	return all, err
}

// LastPage gives the number of the last page of a run, 0 if it has none.
func LastPage(ctx context.Context, t *sqldb.Tx, run string) (last int, err error) {
	_, err = t.QueryOne(ctx, `SELECT coalesce(max(page), 0) FROM outcomes WHERE run = ?`, []any{run}, &last)
	return last, err
}

// AddPage keeps a new page.
func AddPage(ctx context.Context, t *sqldb.Tx, p *Page) error {
	if err := putRows(ctx, t, p); err != nil {
		return err
	}
	args := append([]any{p.Run, p.Number}, p.numberArgs()...)
	_, err := t.Exec(ctx, putOutcomes, append(args, p.state())...)
	return err
}

// putRows keeps a page's rows, new ones or fewer of them.
func putRows(ctx context.Context, t *sqldb.Tx, p *Page) error {
	_, err := t.Exec(ctx, putPage, p.Run, p.Number, p.first(), p.last(), p.data())
	return err
}

// KeepOutcomes keeps what has become of a page's rows.
func KeepOutcomes(ctx context.Context, t *sqldb.Tx, p *Page) error {
	_, err := t.Exec(ctx, setOutcomes, append(p.numberArgs(), p.state(), p.Run, p.Number)...)
	return err
}

func (p *Page) numberArgs() []any {
	numbers := p.Count()
	args := make([]any, 0, numberCount)
	for _, n := range numbers.fields() {
		args = append(args, *n)
	}
	return args
}

// dropPage deletes a page.
func dropPage(ctx context.Context, t *sqldb.Tx, run string, number int) error {
	for _, query := range []string{`DELETE FROM staged WHERE run = ? AND page = ?`, `DELETE FROM outcomes WHERE run = ? AND page = ?`} {
		if _, err := t.Exec(ctx, query, run, number); err != nil {
			return err
		}
	}
	return nil
}

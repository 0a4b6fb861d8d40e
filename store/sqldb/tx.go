package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Tx is a write transaction, on either database.
type Tx struct {
	db  *DB
	run runner
}

// runner runs statements; on SQLite prepared ones of the write connection, on PostgreSQL the driver
// keeps them.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Update runs fn in one write transaction: all of it is kept, or nothing.
func (s *DB) Update(ctx context.Context, fn func(t *Tx) error) error {
	if s.dialect == postgres {
		return s.updatePostgres(ctx, fn)
	}
	if err := s.present(); err != nil {
		return err
	}
	if err := s.sound(); err != nil {
		return err
	}
	return s.updateSQLite(ctx, fn)
}

func (s *DB) updatePostgres(ctx context.Context, fn func(t *Tx) error) error {
	dbTx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return Explain(err)
	}
	if err := fn(&Tx{db: s, run: dbTx}); err != nil {
		_ = dbTx.Rollback() // a connection that is gone has rolled back; why fn failed is what matters
		return Explain(err)
	}
	return Explain(dbTx.Commit())
}

// Lock makes the transactions that compare rows with the ledgers of a destination follow one
// another. SQLite's only writer does so anyway; PostgreSQL would let one read a ledger that another
// is about to change.
func (t *Tx) Lock(ctx context.Context, destination string) error {
	if t.db.dialect == sqlite {
		return nil
	}
	_, err := t.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(?, 0))`, "audienceflow/"+destination)
	return err
}

// ForUpdate makes the transactions that read a row by the query follow one another. SQLite's only
// writer does so anyway.
func (t *Tx) ForUpdate(query string) string {
	if t.db.dialect == postgres {
		return query + ` FOR UPDATE`
	}
	return query
}

// text gives a statement with its parameters as the database has them. Statements hold no data, so
// that there are few of them.
func (s *DB) text(query string) string {
	if s.dialect == sqlite {
		return query
	}
	if text, ok := s.texts.Load(query); ok {
		return text.(string)
	}
	text := s.dialect.bind(query)
	s.texts.Store(query, text)
	return text
}

// Exec runs a statement and gives the number of rows that it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.run.ExecContext(ctx, t.db.text(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// QueryOne reads a single row; found is false when there is none.
func (t *Tx) QueryOne(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	return scanOne(ctx, t.run, t.db.text(query), args, into)
}

// QueryEach calls row for every row of a query.
func (t *Tx) QueryEach(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	return scanEach(ctx, t.run, t.db.text(query), args, row)
}

// Column collects what a query of one column gives.
func Column[T any](into *[]T) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var value T
		err := rows.Scan(&value)
		*into = append(*into, value)
		return err
	}
}

// QueryOne and QueryEach read outside of any transaction.
func (s *DB) QueryOne(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	if err := s.sound(); err != nil {
		return false, err
	}
	found, err = scanOne(ctx, s.read, s.text(query), args, into)
	return found, Explain(err)
}

// QueryEach calls row for each row of a query outside of a transaction.
func (s *DB) QueryEach(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	if err := s.sound(); err != nil {
		return err
	}
	return Explain(scanEach(ctx, s.read, s.text(query), args, row))
}

func scanOne(ctx context.Context, r runner, query string, args, into []any) (found bool, err error) {
	err = scanEach(ctx, r, query, args, func(rows *sql.Rows) error {
		if found {
			return fmt.Errorf("the store found two rows where one was meant")
		}
		found = true
		return rows.Scan(into...)
	})
	return found, err
}

func scanEach(ctx context.Context, r runner, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return notScanned(err)
		}
	}
	return rows.Err()
}

// notScanned makes damage of a value that is none of its column's: it stays so, and the error
// quotes it.
func notScanned(err error) error {
	if strings.HasPrefix(err.Error(), "sql: Scan error") {
		return AsDamaged("a row", err)
	}
	return err
}

// Reader reads outside of any transaction, with the methods of one.
func (s *DB) Reader() *Tx { return &Tx{db: s, run: s.read} }

// Now is the store's clock: PostgreSQL's own where workers run on several hosts, so that leases do
// not depend on theirs.
func (s *DB) Now(ctx context.Context) (time.Time, error) {
	if s.clock != nil {
		return s.clock().UTC(), nil
	}
	if s.dialect == sqlite {
		return time.Now().UTC(), nil
	}
	var micros int64
	_, err := s.QueryOne(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`, nil, &micros)
	return FromMicros(micros), err
}

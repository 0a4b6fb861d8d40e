package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// tx is a write transaction, on either database.
type tx struct {
	store *Store
	run   runner
}

// runner runs statements; on SQLite prepared ones of the write connection, on PostgreSQL the driver keeps them.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// update runs fn in one write transaction: all of it is kept, or nothing.
func (s *Store) update(ctx context.Context, fn func(t *tx) error) error {
	if s.dialect == postgres {
		return s.updatePostgres(ctx, fn)
	}
	if err := s.present(); err != nil {
		return err
	}
	return s.updateSQLite(ctx, fn)
}

func (s *Store) updatePostgres(ctx context.Context, fn func(t *tx) error) error {
	dbTx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := fn(&tx{store: s, run: dbTx}); err != nil {
		_ = dbTx.Rollback() // a connection that is gone has rolled back; why fn failed is what matters
		return explain(err)
	}
	return explain(dbTx.Commit())
}

// lock makes the transactions that compare rows with the ledgers of a destination follow one another. SQLite's only writer does so
// anyway; PostgreSQL would let one read a ledger that another is about to change.
func (t *tx) lock(ctx context.Context, destination string) error {
	if t.store.dialect == sqlite {
		return nil
	}
	_, err := t.exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(?, 0))`, "audienceflow/"+destination)
	return err
}

// text gives a statement in the words of the database. Statements hold no data, so that there are few of them.
func (s *Store) text(query string) string {
	if s.dialect == sqlite {
		return query
	}
	if text, ok := s.texts.Load(query); ok {
		return text.(string)
	}
	text := s.dialect.bind(s.dialect.lookUps(query))
	s.texts.Store(query, text)
	return text
}

func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.run.ExecContext(ctx, t.store.text(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// one reads a single row; found is false when there is none.
func (t *tx) one(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	return scanOne(ctx, t.run, t.store.text(query), args, into)
}

// each calls row for every row of a query.
func (t *tx) each(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	return scanEach(ctx, t.run, t.store.text(query), args, row)
}

// column collects what a query of one column gives.
func column[T any](into *[]T) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var value T
		err := rows.Scan(&value)
		*into = append(*into, value)
		return err
	}
}

// readOne and readEach read outside of any transaction.
func (s *Store) readOne(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	found, err = scanOne(ctx, s.read, s.text(query), args, into)
	return found, explain(err)
}

func (s *Store) readEach(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	return explain(scanEach(ctx, s.read, s.text(query), args, row))
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
			return err
		}
	}
	return rows.Err()
}

// now is the store's clock: PostgreSQL's own where workers run on several hosts, so that leases do not depend on theirs.
func (s *Store) now(ctx context.Context) (time.Time, error) {
	if s.clock != nil {
		return s.clock().UTC(), nil
	}
	if s.dialect == sqlite {
		return time.Now().UTC(), nil
	}
	var micros int64
	_, err := s.readOne(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`, nil, &micros)
	return fromMicros(micros), err
}

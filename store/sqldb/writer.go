package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// writer is SQLite's one write connection, its transactions one after the other, its statements
// prepared once.
type writer struct {
	conn       *sql.Conn
	turn       chan struct{} // holds one token; whoever has it may write
	queue      queue
	statements map[string]*sql.Stmt
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, turn: make(chan struct{}, 1), statements: map[string]*sql.Stmt{}}
	w.turn <- struct{}{}
	return w, nil
}

func (w *writer) close() error {
	<-w.turn // the last transaction ends first; nobody begins another
	var errs []error
	for _, statement := range w.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// prepared gives the statement of a text. Texts are few, they hold no data.
func (w *writer) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement, ok := w.statements[query]; ok {
		return statement, nil
	}
	statement, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	w.statements[query] = statement
	return statement, nil
}

// ExecContext and QueryContext are not cut short when ctx ends: SQLite would roll back the whole
// transaction, others' changes too.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	statement, err := w.prepared(ctx, query) //nolint:sqlclosecheck // kept until the writer closes
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	statement, err := w.prepared(ctx, query) //nolint:sqlclosecheck // kept until the writer closes
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

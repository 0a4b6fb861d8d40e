package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// writer is SQLite's one write connection, its transactions one after the other, its statements prepared once.
type writer struct {
	conn       *sql.Conn
	turn       chan struct{} // holds one token; whoever has it may write
	statements map[string]*sql.Stmt
	direct     map[string]driver.Stmt // for execRows
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, turn: make(chan struct{}, 1), statements: map[string]*sql.Stmt{}, direct: map[string]driver.Stmt{}}
	w.turn <- struct{}{}
	return w, nil
}

func (w *writer) close() {
	<-w.turn // the last transaction ends first; nobody gets a turn again
	for _, statement := range w.statements {
		statement.Close()
	}
	w.conn.Raw(func(any) error {
		for _, statement := range w.direct {
			statement.Close()
		}
		return nil
	})
	w.conn.Close()
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

func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	statement, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

// cancelStride is how many rows execRows writes between two looks at its context.
const cancelStride = 256

// execRows runs a statement once for each row of parameters, past database/sql, whose checks of every call would take a third of
// the time.
func (w *writer) execRows(ctx context.Context, query string, width int, args []any) error {
	return w.conn.Raw(func(conn any) error {
		statement, err := w.directly(conn, query)
		if err != nil {
			return err
		}
		values := make([]driver.NamedValue, width)
		uncancelled := context.WithoutCancel(ctx)
		for n := 0; len(args) > 0; n++ {
			if n%cancelStride == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			for i := range values {
				value, err := driverValue(args[i])
				if err != nil {
					return err
				}
				values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
			}
			if _, err := statement.ExecContext(uncancelled, values); err != nil {
				return err
			}
			args = args[width:]
		}
		return nil
	})
}

// execMembers runs a statement once for each member of a list, which is its last parameter.
func (w *writer) execMembers(ctx context.Context, query string, args []any, members []string) (affected int64, err error) {
	err = w.conn.Raw(func(conn any) error {
		statement, err := w.directly(conn, query)
		if err != nil {
			return err
		}
		values := make([]driver.NamedValue, len(args)+1)
		for i, arg := range args {
			value, err := driverValue(arg)
			if err != nil {
				return err
			}
			values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
		}
		uncancelled := context.WithoutCancel(ctx)
		for n, member := range members {
			if n%cancelStride == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			values[len(args)] = driver.NamedValue{Ordinal: len(args) + 1, Value: member}
			result, err := statement.ExecContext(uncancelled, values)
			if err != nil {
				return err
			}
			changed, err := result.RowsAffected()
			if err != nil {
				return err
			}
			affected += changed
		}
		return nil
	})
	return affected, err
}

func (w *writer) directly(conn any, query string) (driver.StmtExecContext, error) {
	statement, ok := w.direct[query]
	if !ok {
		raw, ok := conn.(driver.Conn)
		if !ok {
			return nil, errors.New("the SQLite driver gives no connection")
		}
		var err error
		if statement, err = raw.Prepare(query); err != nil {
			return nil, err
		}
		w.direct[query] = statement
	}
	direct, ok := statement.(driver.StmtExecContext)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's statements (%T) cannot be run directly", statement)
	}
	return direct, nil
}

// driverValue gives a parameter as the driver takes it.
func driverValue(arg any) (driver.Value, error) {
	switch arg.(type) {
	case string, int64, []byte, nil: // nearly all of them
		return arg, nil
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

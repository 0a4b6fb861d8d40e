package sqldb

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite/vtab"
)

// given is a table of SQLite's write connection that shows the parameters of many rows: `INSERT ... SELECT c1, c2 FROM given`. A
// statement for each row costs twice as much, most of it in being told its parameters.
type given struct {
	name  string
	args  []any
	width int
}

const (
	givenModule = "audienceflow_given"
	// givenWidth is how many columns a row of parameters may have.
	givenWidth = 16
	// givenRows is about how many rows a statement is given.
	givenRows = 1000
)

func init() {
	if err := vtab.RegisterModule(nil, givenModule, givenTables); err != nil {
		panic(err) // only if the name were taken
	}
}

// givenTables are those of all stores of the process, by the name that the writer makes its own with.
var givenTables = &givenRegistry{}

type givenRegistry struct {
	last   atomic.Int64
	tables sync.Map // name -> *given
}

// add gives a new table and the statement that makes it known to a connection.
func (r *givenRegistry) add() (g *given, create string) {
	name := strconv.FormatInt(r.last.Add(1), 10)
	g = &given{name: name}
	r.tables.Store(name, g)
	return g, fmt.Sprintf("CREATE VIRTUAL TABLE temp.given USING %s(%s)", givenModule, name)
}

// remove forgets a table whose connection is closed.
func (r *givenRegistry) remove(g *given) { r.tables.Delete(g.name) }

func (r *givenRegistry) Create(ctx vtab.Context, args []string) (vtab.Table, error) {
	return r.Connect(ctx, args)
}

func (r *givenRegistry) Connect(ctx vtab.Context, args []string) (vtab.Table, error) {
	g, known := r.tables.Load(args[len(args)-1])
	if !known {
		return nil, fmt.Errorf("no rows are given under the name %q", args[len(args)-1])
	}
	return g.(*given), ctx.Declare("CREATE TABLE given (" + givenColumns(givenWidth) + ")")
}

// givenColumns lists the first n columns: c1, c2, c3.
func givenColumns(n int) string {
	columns := make([]string, n)
	for i := range columns {
		columns[i] = "c" + strconv.Itoa(i+1)
	}
	return strings.Join(columns, ", ")
}

// BestIndex: all rows, in their order, each time.
func (g *given) BestIndex(info *vtab.IndexInfo) error {
	info.EstimatedRows = givenRows
	return nil
}

func (g *given) Open() (vtab.Cursor, error) { return &givenCursor{given: g}, nil }
func (g *given) Disconnect() error          { return nil }
func (g *given) Destroy() error             { return nil }

type givenCursor struct {
	*given
	at int
}

func (c *givenCursor) Filter(int, string, []vtab.Value) error { c.at = 0; return nil }
func (c *givenCursor) Next() error                            { c.at += c.width; return nil }
func (c *givenCursor) Rowid() (int64, error)                  { return int64(c.at), nil }
func (c *givenCursor) Close() error                           { return nil }

// Eof has the name that the driver's interface gives it.
func (c *givenCursor) Eof() bool { return c.at >= len(c.args) } //nolint:staticcheck // see above

func (c *givenCursor) Column(i int) (vtab.Value, error) {
	if i >= c.width {
		return nil, nil
	}
	return driverValue(c.args[c.at+i])
}

// driverValue gives a parameter as the driver takes it.
func driverValue(arg any) (driver.Value, error) {
	switch arg.(type) {
	case string, int64, []byte, nil: // nearly all of them
		return arg, nil
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

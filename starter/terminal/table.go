package terminal

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"audienceflow/safetext"
)

// CSV writes a table for spreadsheets, which take none of its cells for a formula.
func CSV(out io.Writer, rows [][]string) error {
	w := csv.NewWriter(out)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = safetext.Cell(text)
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// Table is a table for people: each cell stays in its line and its column, whatever is in it.
type Table struct{ w *tabwriter.Writer }

// NewTable begins a table, with a header unless none is given.
func NewTable(out io.Writer, header ...string) Table {
	t := Table{tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)}
	if len(header) > 0 {
		fmt.Fprintln(t.w, strings.Join(header, "\t"))
	}
	return t
}

// Row adds a row.
func (t Table) Row(cells ...any) {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = safetext.Line(fmt.Sprint(cell))
	}
	fmt.Fprintln(t.w, strings.Join(shown, "\t"))
}

// Next begins another table below.
func (t Table) Next(header ...string) { fmt.Fprintf(t.w, "\n%s\n", strings.Join(header, "\t")) }

// End prints what was added.
func (t Table) End() error { return t.w.Flush() }

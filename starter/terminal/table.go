package terminal

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"audienceflow/safetext"
)

// CSV writes a table for spreadsheets, which take none of its cells for a formula. Zero separates
// cells by commas.
func CSV(out io.Writer, separator rune, rows [][]string) error {
	w := csv.NewWriter(out)
	if separator != 0 {
		w.Comma = separator
	}
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

// Table is a table for people: each cell stays in its line and its column, whatever is in it. One
// that is wider than the terminal is printed row by row instead, a cell a line.
type Table struct {
	out   io.Writer
	width int
	parts []part
}

// part is a table with a header, or without.
type part struct {
	header []string
	rows   [][]string
}

// NewTable begins a table for a terminal of a width, 0 for where there is none, with a header
// unless none is given.
func NewTable(out io.Writer, width int, header ...string) *Table {
	return &Table{out: out, width: width, parts: []part{{header: header}}}
}

// Row adds a row.
func (t *Table) Row(cells ...any) {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = safetext.Line(fmt.Sprint(cell))
	}
	last := &t.parts[len(t.parts)-1]
	last.rows = append(last.rows, shown)
}

// Next begins another table below.
func (t *Table) Next(header ...string) { t.parts = append(t.parts, part{header: header}) }

// End prints what was added.
func (t *Table) End() error {
	w := tabwriter.NewWriter(t.out, 0, 4, gap, ' ', 0)
	for i, p := range t.parts {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if t.width > 0 && p.width() > t.width && len(p.header) > 0 {
			p.expand(w)
			continue
		}
		if len(p.header) > 0 {
			fmt.Fprintln(w, strings.Join(p.header, "\t"))
		}
		for _, row := range p.rows {
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
	}
	return w.Flush()
}

// gap is the room between columns.
const gap = 2

// width is that of the table when it is printed as one.
func (p part) width() int {
	var widths []int
	for _, row := range append([][]string{p.header}, p.rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	all := -gap
	for _, width := range widths {
		all += width + gap
	}
	return all
}

// expand prints each row as a block of its own, a cell a line; cells that say nothing are left out.
func (p part) expand(out io.Writer) {
	names := 0
	for _, name := range p.header {
		names = max(names, utf8.RuneCountInString(strings.TrimSpace(name)))
	}
	for i, row := range p.rows {
		if i > 0 {
			fmt.Fprintln(out)
		}
		for j, cell := range row {
			cell = strings.TrimSpace(cell)
			if j < len(p.header) && cell != "-" && cell != "" {
				fmt.Fprintf(out, "  %-*s  %s\n", names, strings.TrimSpace(p.header[j]), cell)
			}
		}
	}
}

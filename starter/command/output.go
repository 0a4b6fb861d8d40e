package command

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"audienceflow/safetext"
)

// json writes one indented document to stdout. What a terminal would obey is escaped, which JSON may do with any character.
func (a *App) json(v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := a.Out.Write(escapeJSON(text.Bytes()))
	return err
}

// escapeJSON escapes what cannot be seen: the encoder leaves all of it as it is but the signs below the blank.
func escapeJSON(document []byte) []byte {
	hidden := func(r rune) bool { return r >= utf8.RuneSelf-1 && !unicode.IsGraphic(r) }
	if bytes.IndexFunc(document, hidden) < 0 {
		return document
	}
	escaped := make([]byte, 0, len(document)+len(document)/8)
	for _, r := range string(document) {
		switch {
		case !hidden(r):
			escaped = utf8.AppendRune(escaped, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		default:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
	}
	return escaped
}

// printJSON writes the one document that a file with one audience gives, or a list of them.
func printJSON[T any](a *App, documents []T) error {
	if len(documents) == 1 {
		return a.json(documents[0])
	}
	return a.json(documents)
}

// csv writes a table for spreadsheets, which take none of its cells for a formula.
func (a *App) csv(rows [][]string) error {
	w := csv.NewWriter(a.Out)
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

// table is a table for people: each cell stays in its line and its column, whatever is in it.
type table struct{ w *tabwriter.Writer }

func (a *App) table(header ...string) table {
	t := table{tabwriter.NewWriter(a.Out, 0, 4, 2, ' ', 0)}
	if len(header) > 0 {
		fmt.Fprintln(t.w, strings.Join(header, "\t"))
	}
	return t
}

func (t table) row(cells ...any) {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = safetext.Line(fmt.Sprint(cell))
	}
	fmt.Fprintln(t.w, strings.Join(shown, "\t"))
}

// next begins another table below.
func (t table) next(header ...string) { fmt.Fprintf(t.w, "\n%s\n", strings.Join(header, "\t")) }

func (t table) end() error { return t.w.Flush() }

// printf writes to stdout. The format is ours; the words put into it stay on their line.
func (a *App) printf(format string, args ...any) { fmt.Fprintf(a.Out, format, shownArgs(args)...) }

// notef writes a line, or several, to stderr.
func (a *App) notef(format string, args ...any) {
	fmt.Fprintf(a.Err, format+"\n", shownArgs(args)...)
}

func shownArgs(args []any) []any {
	shown := make([]any, len(args))
	for i, arg := range args {
		switch word := arg.(type) {
		case string:
			shown[i] = safetext.Line(word)
		case error:
			shown[i] = safetext.Lines(word.Error())
		case fmt.Stringer:
			shown[i] = safetext.Line(word.String())
		default:
			shown[i] = arg
		}
	}
	return shown
}

// terminal is the terminal that a reader or writer is; nil where it is none.
func terminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// counted is a number with what it counts: "1 row", "2 rows".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// timeForm is how times are shown: in the local zone, by name.
const timeForm = "2006-01-02 15:04:05 MST"

func timeText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(timeForm)
}

func valueText(v *string) string {
	if v == nil {
		return "(empty)"
	}
	return *v
}

func secondsText(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
}

func fileFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "file", "f", "", "the activation file")
}

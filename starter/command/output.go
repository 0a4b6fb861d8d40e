package command

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/starter/terminal"
)

// json writes one document to stdout.
func (a *App) json(v any) error { return terminal.JSON(a.Out, v) }

// printJSON writes the one document that a file with one audience gives, or a list of them.
func printJSON[T any](a *App, documents []T) error { return terminal.OneOrAll(a.Out, documents) }

// csv prints a table as the flags of CSV say.
func (a *App) csv(rows [][]string) error { return terminal.CSV(a.Out, a.separator, rows) }

// page is stdout for people: on a terminal, no line is longer than that is wide.
func (a *App) page() io.Writer {
	if a.Width == 0 {
		return a.Out
	}
	if a.paper == nil {
		a.paper = terminal.NewPage(a.Out, a.Width)
	}
	return a.paper
}

// printf writes to stdout.
func (a *App) printf(format string, args ...any) { terminal.Printf(a.page(), format, args...) }

// println writes a line to stdout whose words are safe to print.
func (a *App) println(line string) { fmt.Fprintln(a.page(), line) }

// printPainted writes a word by which something stands.
func (a *App) printPainted(word string) { fmt.Fprint(a.page(), a.paint(word)) }

// notef writes a line, or several, to stderr.
func (a *App) notef(format string, args ...any) {
	out := a.Err
	if a.ErrWidth > 0 {
		out = terminal.NewPage(a.Err, a.ErrWidth)
	}
	terminal.Printf(out, format+"\n", args...)
}

// markCSV puts a byte order mark before what is printed.
func (a *App) markCSV() error {
	_, err := io.WriteString(a.Out, "\ufeff")
	return err
}

func (a *App) table(header ...string) *terminal.Table {
	return terminal.NewTable(a.page(), a.Width, header...)
}

// printReport prints a report for people. What cannot be printed any more is nobody's loss.
func (a *App) printReport(r runs.Report) {
	_ = report.At(r, time.Now()).Terminal(a.page(), a.paint)
}

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []runs.Report) error {
	a.addDetails(reports)
	for i, r := range reports {
		reports[i] = report.Complete(r)
	}
	if a.Format == "json" {
		return printJSON(a, reports)
	}
	for i, r := range reports {
		if i > 0 {
			a.printf("\n")
		}
		a.printReport(r)
	}
	return nil
}

// paint colours a word by which something stands, where colours are wanted.
func (a *App) paint(word string) string {
	if !a.Colours {
		return word
	}
	return terminal.Paint(word)
}

// printSteps prints what can be done next, a command a line.
func (a *App) printSteps(steps []report.Step) {
	for _, step := range steps {
		a.printf("%s: %s\n", step.What, step.Command)
	}
}

func timeText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(report.TimeLayout)
}

func valueText(v *string) string {
	if v == nil {
		return "(empty)"
	}
	return *v
}

func fileFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "file", "f", "", "the activation file")
}

// Exit codes of every command.
const (
	ExitDone     = 0
	ExitFailed   = 1 // the run failed or was canceled
	ExitUsage    = 2 // usage or configuration, already running, nothing to validate
	ExitMismatch = 3 // validation found a mismatch
	ExitPerson   = 4 // the run waits for a person and goes on without this command
	ExitRejected = 5 // with --fail-on-rejected: done, but rows were excluded or failed
	ExitLeft     = 130
)

// Exit is an error with the code to exit with. A Quiet one has said all it has to say on stdout.
type Exit struct {
	Code  int
	Err   error
	Quiet bool
}

func (e *Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap gives the error that the code stands for.
func (e *Exit) Unwrap() error { return e.Err }

func usage(format string, args ...any) error {
	return &Exit{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// exit ends with a code after everything was printed.
func exit(code int) error {
	if code == ExitDone {
		return nil
	}
	return &Exit{Code: code, Quiet: true}
}

// Code is the exit code that an error of a command stands for.
func Code(err error) int {
	var e *Exit
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &e):
		return e.Code
	}
	return ExitFailed
}

// worst is the exit code of several reports: a failure before a mismatch before a run that waits.
func worst(reports []runs.Report) int {
	rank := map[int]int{ExitDone: 0, ExitRejected: 1, ExitPerson: 2, ExitMismatch: 3, ExitUsage: 4, ExitFailed: 5}
	code := ExitDone
	for _, r := range reports {
		if c := codeOf(r); rank[c] > rank[code] {
			code = c
		}
	}
	return code
}

// codeOf is the exit code that a report stands for.
func codeOf(r runs.Report) int {
	switch {
	case r.Status == runs.StatusFailed && refused(r):
		return ExitUsage
	case r.Status == runs.StatusFailed, r.Status == runs.StatusCanceled:
		return ExitFailed
	case r.NeedsPerson && !r.Ended():
		return ExitPerson
	case r.Validation != nil && r.Validation.Verdict == runs.VerdictMismatch:
		return ExitMismatch
	}
	return ExitDone
}

// refused reports whether a run was failed by what it was asked for, rather than by what it met.
func refused(r runs.Report) bool {
	switch r.FailureType {
	case activities.ErrOtherOrganization:
		return true
	case activities.ErrColumnTaken:
		return r.Kind == runs.KindUnmap
	}
	return false
}

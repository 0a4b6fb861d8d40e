package command

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/starter/terminal"
)

// json writes one document to stdout.
func (a *App) json(v any) error { return terminal.JSON(a.Out, v) }

// printJSON writes the one document that a file with one audience gives, or a list of them.
func printJSON[T any](a *App, documents []T) error { return terminal.OneOrAll(a.Out, documents) }

func (a *App) csv(rows [][]string) error { return terminal.CSV(a.Out, rows) }

// printf writes to stdout.
func (a *App) printf(format string, args ...any) { terminal.Printf(a.Out, format, args...) }

// notef writes a line, or several, to stderr.
func (a *App) notef(format string, args ...any) { terminal.Printf(a.Err, format+"\n", args...) }

// markCSV puts a byte order mark before what is printed.
func (a *App) markCSV() error {
	if a.Format != "csv" {
		return usage("--bom goes with -o csv")
	}
	_, err := io.WriteString(a.Out, "\ufeff")
	return err
}

func (a *App) table(header ...string) terminal.Table { return terminal.NewTable(a.Out, header...) }

// printReport prints a report for people. What cannot be printed any more is nobody's loss.
func (a *App) printReport(r activities.Report) { _ = report.Of(r, time.Local).Terminal(a.Out) }

// printReports prints one report, or several as a list.
func (a *App) printReports(reports []activities.Report) error {
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

package command

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/starter/terminal"
	"audienceflow/workflows"
)

// hostile words come from plug-ins, columns, sources and people: terminals obey them, spreadsheets
// execute them.
var hostile = []string{
	"=HYPERLINK(\"https://evil.example\",\"x\")", "+1", "-5", "@SUM(A1)", "\t=1", "\r=1", "'=1", "\x1b[2J\x1b[31mred", "\x1b]0;title\a",
	"\u009b31m", "a\nfailed row\tforged", "abc\u202etxt", "\xff\xfe", "\x7f",
}

// printers print a word wherever words of others are printed.
var printers = map[string]func(a *App, word string) error{
	"rejected": func(a *App, word string) error {
		return a.printRejected("run", []rejectedRow{{Contact: word, Reason: word, Column: word, Code: word, Text: word, Cause: word, Action: word}})
	},
	"warnings": func(a *App, word string) error {
		return a.printWarnings(warningList{Total: 9, Counts: []warningCount{{Column: word, Cause: word}}, First: []warning{{Contact: word, Column: word, Cause: word}}})
	},
	"plan": func(a *App, word string) error {
		return a.printPlans([]plannedReport{{First: []plannedRow{{Contact: word, Changes: []plannedChange{{Column: word, Before: &word, After: &word, Known: true}}}}}})
	},
	"report": func(a *App, word string) error {
		since := time.Now()
		return a.printReports([]runs.Report{{
			Run: word, WorkflowID: word, Audience: word, Name: word, Column: word, Status: word, Reason: word, Retrying: word, By: word,
			Since: &since, Notes: []string{word}, Numbers: runs.Numbers{Reasons: map[string]int64{word: 1}},
		}})
	},
	"list": func(a *App, word string) error {
		since := time.Now()
		return a.printListed([]listed{{WorkflowID: strings.Repeat("x", listIDs) + word, Kind: kindHold, Destination: word, Reason: word, By: word, Since: &since}})
	},
	"check": func(a *App, word string) error {
		return a.printChecks([]activities.CheckResult{{Audience: word, Steps: []activities.CheckStep{{Name: word, Detail: word, Fix: "do " + word}}}})
	},
	"validate": func(a *App, word string) error {
		return a.printValidations([]validationReport{{Mismatches: []mismatch{{Contact: word, Column: word, Expected: &word, Actual: &word, ModifiedBy: word}}}})
	},
	"destinations": func(a *App, word string) error {
		return a.printDestinations([]destinationReport{{
			Name: word, Description: word, Environment: word, Paused: &activities.DestinationPause{Reason: word, By: word},
			Audiences: []audienceReport{{Audience: word, Column: word, Kind: word, Status: word, Verdict: word}},
		}})
	},
	"members": func(a *App, word string) error {
		return a.printMembers([]memberList{{Audience: word, Column: word, Members: []member{{Contact: word, Word: &word, Status: word}}}})
	},
	"notes": func(a *App, word string) error {
		a.notef("starter: %v, %s, %s", errors.New(word), word, workflows.Hold{Pause: activities.DestinationPause{Reason: word}}.Pause)
		return nil
	},
	"contact": func(a *App, word string) error {
		return a.printContact(contactReport{
			Contact: word, Held: []heldStatus{{Destination: word, Column: word, Audience: word, Word: &word, Exported: true, Run: word}},
			Values:   []heldValue{{Destination: word, Column: word, Value: &word}},
			Rejected: []contactRejected{{Audience: word, rejectedRow: rejectedRow{Reason: word, Cause: word}}},
		})
	},
	"progress": func(a *App, word string) error {
		terminal.NewProgress(a.Err, 1).Show(runs.Report{WorkflowID: word, Status: "paused", Reason: word, Retrying: word})
		return nil
	},
}

func TestWordsOfOthersNeitherRuleATerminalNorASpreadsheet(t *testing.T) {
	for name, print := range printers {
		for _, format := range []string{"table", "json", "csv"} {
			if format == "csv" && name != "rejected" && name != "warnings" && name != "members" {
				continue
			}
			t.Run(name+" as "+format, func(t *testing.T) {
				lines := map[string]int{}
				for _, word := range append([]string{"harmless"}, hostile...) {
					var out bytes.Buffer
					a := &App{Out: &out, Err: &out, Format: format}
					require.NoError(t, print(a, word))
					shown := out.String()
					for _, r := range shown {
						require.True(t, unicode.IsGraphic(r) || r == '\n', "%q of %q in %q", r, word, shown)
					}
					lines[word] = strings.Count(shown, "\n")
					if name != "notes" { // an error may have several lines
						require.Equal(t, lines["harmless"], lines[word], "%q forges a line:\n%s", word, shown)
					}
					if format == "csv" {
						onlyText(t, shown)
					}
				}
			})
		}
	}
}

// onlyText makes sure that a spreadsheet takes no cell of a CSV file for a formula.
func onlyText(t *testing.T, file string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		for _, cell := range row {
			require.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r"), cell)
		}
	}
}

func TestJSONKeepsEveryWordAsItIs(t *testing.T) {
	for _, word := range append([]string{"\U000e0001tag", "Zoë 東京 😀"}, hostile...) {
		var out bytes.Buffer
		a := &App{Out: &out, Format: "json"}
		require.NoError(t, a.json(map[string]any{"word": word, "number": -5}))
		var back map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		require.Equal(t, strings.ToValidUTF8(word, "\ufffd"), strings.ReplaceAll(back["word"].(string), "\ufffd\ufffd", "\ufffd"))
		require.Contains(t, out.String(), `"number": -5`)
	}
}

// TestAllIsPrintedInOnePlace keeps new commands from printing past what makes words harmless.
func TestAllIsPrintedInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if name == "output.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, imported := range file.Imports {
			require.NotContains(t, []string{`"text/tabwriter"`, `"encoding/csv"`}, imported.Path.Value, name)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			out, ok := n.(*ast.SelectorExpr)
			require.False(t, ok && out.Sel.Name == "Out", "%s prints to stdout by itself: use printf, table, csv or json", name)
			return true
		})
	}
}

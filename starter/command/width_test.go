package command

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/starter/terminal"
)

// wide are documents as they come, beside those that printers print.
func wide() map[string]func(a *App) error {
	const id, run = "0928bcb4-bb27-ed11-9db1-002248274ada", "01a206cb-9654-74f3-825e-4dd88cb75ecb"
	now, word, other := time.Now(), "realized", "Former customer"
	words := strings.Repeat("some words of a plug-in that nobody has cut. ", 4)
	report := runs.Report{
		Run: run, WorkflowID: "activate/dynamics/" + id, Kind: runs.KindActivate, Destination: "dynamics", Audience: id, Name: "VIP customers",
		Column: "acme_vipstatus", Status: runs.StatusCompleted, StartedAt: now, EndedAt: &now, Reason: words, Notes: []string{words},
		Numbers: runs.Numbers{
			Received: 2_000_000, Activated: 1_000_000, Superseded: 500_000, Duplicates: 100_000, Failed: 300_000, Excluded: 200_000, Warnings: 7,
			Ignored: 9_000_000, Reasons: map[string]int64{"contact_not_found": 300_000, "missing_contact_id": 200_000},
		},
		Validation: &runs.Validation{Scope: runs.ScopeRun, Verdict: runs.VerdictMismatch, Expected: 1_000_000, Matched: 999_990, Mismatched: 10, Unexpected: 4_000},
	}
	held := report
	held.Status, held.DestinationPaused, held.By, held.Since, held.EndedAt, held.Validation = runs.StatusPaused, true, "ann@a-host-with-a-long-name", &now, nil, nil
	unproven := report
	unproven.Status, unproven.Validation = runs.StatusCanceled, nil
	return map[string]func(a *App) error{
		"report": func(a *App) error { return a.printReports([]runs.Report{report, held, unproven}) },
		"validate": func(a *App) error {
			return a.printValidations([]validationReport{{Validation: *report.Validation, Mismatches: []mismatch{
				{Contact: id, Kind: "mismatch", Column: "acme_vipstatus", Expected: &word, Actual: &other, ModifiedBy: id, ModifiedOn: &now},
			}}})
		},
		"contact": func(a *App) error {
			return a.printContact(contactReport{
				Contact: id, Now: []contactNow{{Destination: "dynamics", Problem: words}},
				Held:     []heldStatus{{Destination: "dynamics", Column: "acme_vipstatus", Audience: id, Word: &word, Exported: true, Run: run, StartedAt: &now}},
				Values:   []heldValue{{Destination: "dynamics", Column: "emailaddress1", Value: &other}},
				Rejected: []contactRejected{{Destination: "dynamics", Audience: id, Run: run, At: now, rejectedRow: rejectedRow{Reason: "plugin_error", Cause: words}}},
			})
		},
		"check": func(a *App) error {
			return a.printChecks([]activities.CheckResult{{Audience: id, Destination: "dynamics", Steps: []activities.CheckStep{
				{Name: "source", Detail: words, Fix: "do: " + words}, {Name: "who am I", OK: true, Detail: "application user " + id + " of organization " + id},
			}}})
		},
		"schedules": func(a *App) error {
			return a.printSchedules([]schedule{{ID: "schedule/dynamics/" + id, Cron: "0 5 * * 1-5", Timezone: "Europe/Berlin", Next: &now, Last: &now,
				LastStatus: "completed", LastVerdict: "mismatch", Note: words, File: "/srv/activations/vip.yaml", Changed: true}})
		},
		"members": func(a *App) error {
			return a.printMembers([]memberList{{Destination: "dynamics", Audience: id, Column: "acme_vipstatus", Members: []member{{Contact: id, Status: word, Word: &word, QualifiedAt: &now}}}})
		},
		"destinations": func(a *App) error {
			return a.printDestinations([]destinationReport{{Name: "dynamics", Description: words, Audiences: []audienceReport{
				{Audience: id, Column: "acme_vipstatus", Kind: "activate", Status: "completed", Verdict: "mismatch", StartedAt: now},
			}}})
		},
		"erasure": func(a *App) error { return a.printErasure(erasureReceipt{Contact: id, By: words, Remains: remains}) },
		"store":   func(a *App) error { return a.printStoreCheck(storeCheck{Steps: nil}) },
	}
}

// TestWhatIsPrintedFitsATerminal prints everything for 80 columns: no line is longer, unless it is
// one word, and no word is lost. Where there is no terminal nothing is broken or cut.
func TestWhatIsPrintedFitsATerminal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 80))
	all := wide()
	for name, print := range printers {
		for range 20 {
			if name == "progress" {
				continue // it looks at the terminal itself
			}
			var text strings.Builder
			for range 1 + random.IntN(30) {
				text.WriteString(strings.Repeat("w", 1+random.IntN(14)) + " ")
			}
			word := strings.TrimSpace(text.String())
			fits(t, name, func(a *App) error { return print(a, word) })
		}
	}
	for name, print := range all {
		fits(t, name, print)
	}
}

func fits(t *testing.T, name string, print func(a *App) error) {
	t.Helper()
	shown := func(width int) string {
		var out bytes.Buffer
		a := &App{Out: &out, Err: &out, Format: "table", Width: width, ErrWidth: width}
		require.NoError(t, print(a), name)
		a.Close()
		return out.String()
	}
	whole, fitted := shown(0), shown(terminal.Width)
	for _, line := range strings.Split(fitted, "\n") {
		if len(strings.Fields(line)) > 1 {
			require.LessOrEqual(t, utf8.RuneCountInString(line), terminal.Width, "%s: %q of\n%s", name, line, fitted)
		}
	}
	kept := map[string]bool{"-": true} // a cell that says nothing
	for _, word := range strings.Fields(fitted) {
		kept[word] = true
	}
	for _, word := range strings.Fields(whole) {
		header := strings.ToUpper(word) == word // of a cell that says nothing
		require.True(t, kept[word] || header, "%s has lost %q:\n%s", name, word, fitted)
	}
}

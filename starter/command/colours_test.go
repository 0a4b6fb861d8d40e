package command

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
)

// TestColoursAreForTerminalsOnly prints the same with and without colours: they are around words,
// and move nothing.
func TestColoursAreForTerminalsOnly(t *testing.T) {
	began := time.Now()
	found := runs.Validation{Verdict: runs.VerdictMismatch, Expected: 1, Missing: 1}
	for name, print := range map[string]func(a *App) error{
		"list": func(a *App) error {
			return a.printListed([]listed{{WorkflowID: "activate/d/a", Kind: "activate", Status: runs.StatusCompleted, Verdict: runs.VerdictMismatch, StartedAt: began}})
		},
		"status": func(a *App) error {
			return a.printReports([]runs.Report{{WorkflowID: "activate/d/a", Status: runs.StatusFailed, Validation: &found}})
		},
		"validate": func(a *App) error { return a.printValidations([]validationReport{{Validation: found}}) },
		"check": func(a *App) error {
			return a.printChecks([]activities.CheckResult{{Steps: []activities.CheckStep{{Name: "token", Detail: "wrong"}}}})
		},
	} {
		printed := func(format string, colours bool) string {
			var out bytes.Buffer
			require.NoError(t, print(&App{Out: &out, Format: format, Colours: colours}))
			return out.String()
		}
		plain, coloured := printed("table", false), printed("table", true)
		require.NotContains(t, plain, "\x1b", name)
		require.Contains(t, coloured, "\x1b[31m", name)
		require.Equal(t, plain, colourless(coloured), name)
		require.Equal(t, printed("json", false), printed("json", true), name)
	}
	require.False(t, settings{}.colours(&bytes.Buffer{}), "no terminal")
}

func colourless(text string) string {
	for _, code := range []string{"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"} {
		text = string(bytes.ReplaceAll([]byte(text), []byte(code), nil))
	}
	return text
}

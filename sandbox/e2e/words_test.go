package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
)

// TestWhatHoldsAValidationIsSaid: a validation whose destination is paused says so, wherever
// somebody looks, and names the way on.
func TestWhatHoldsAValidationIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 20, Seed: 47})
	w.startWorker()
	eventually(t, "a destination to which nothing has run is known once its worker polls", func() bool {
		return w.starter("list", "--destination", w.destination, "-o", "json").code == command.ExitDone
	})
	slip := w.starter("list", "--destination", w.destination+"x")
	require.Equal(t, command.ExitUsage, slip.code)
	require.Contains(t, slip.errOut, w.destination)

	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()))
	w.report(command.ExitDone, "activate", "-f", file)
	ended := w.starter("resume", w.workflowID())
	require.Equal(t, command.ExitUsage, ended.code)
	require.Contains(t, ended.errOut, "has ended already, as completed")

	require.Zero(t, w.starter("pause", "--destination", w.destination, "--reason", "month end").code)
	validated := make(chan result, 1)
	go func() { validated <- w.starter("validate", "-f", file) }()
	id := "validate/" + w.destination + "/vip"
	eventually(t, "status says what holds it", func() bool {
		status := w.starter("status", id)
		return status.code == 0 && containsAll(status.out, "paused", "month end", "starter resume --destination "+w.destination)
	})
	list := w.starter("list", "--status", "paused", "--kind", "validate", "--destination", w.destination)
	require.Contains(t, list.out, "paused")
	require.Zero(t, w.starter("resume", "--destination", w.destination).code)
	found := <-validated
	require.Equal(t, command.ExitDone, found.code, found.errOut)
	require.Contains(t, found.errOut, "month end")
	require.Contains(t, found.errOut, "starter resume --destination "+w.destination)
}

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

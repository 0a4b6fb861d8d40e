package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
)

// TestAMisspeltNameIsSaidBeforeAnythingIsWritten misspells a path and an audience, and does as the
// commands advise.
func TestAMisspeltNameIsSaidBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 120, Seed: 19})
	w.startWorker()
	source := w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
	file := w.activation(source)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	right := string(content)

	for wrong, says := range map[string][2]string{
		strings.Replace(right, "firstName", "frstName", 1): {"mapping person.name.frstName: no record of 120 has it", "for person.name.frstName there is person.name.firstName"},
		strings.Replace(right, ": vip\n", ": vib\n", 1):    {"no record of 120 mentions audience vib in namespace ups", "it mentions vip"},
	} {
		w.write("vip.yaml", wrong)
		checked := w.starter("check", "-f", file)
		require.Equal(t, command.ExitUsage, checked.code, checked.out)
		failed := w.starter("activate", "-f", file)
		require.Equal(t, command.ExitFailed, failed.code, failed.out)
		for _, text := range says {
			require.Contains(t, checked.out, text)
			require.Contains(t, failed.out, text)
		}
		require.Contains(t, failed.out, "source.allowEmpty: true")
		require.Empty(t, w.writes())
	}

	misspelt := strings.Replace(right, "firstName", "frstName", 1)
	w.write("vip.yaml", strings.Replace(misspelt, "{url:", "{allowEmpty: true, url:", 1))
	require.Empty(t, w.report(command.ExitDone, "activate", "-f", file).Notes)
	w.write("vip.yaml", misspelt)
	require.Equal(t, []string{"mapping person.name.frstName: no record of 120 has it", "the source: for person.name.frstName there is person.name.firstName"},
		w.report(command.ExitDone, "activate", "-f", file).Notes, "the audience has exported something by now")
	var checked activities.CheckResult
	w.document(&checked, command.ExitDone, "check", "-f", file)
	last := checked.Steps[len(checked.Steps)-1]
	require.True(t, last.OK && last.Warning)
	require.Equal(t, "mapping person.name.frstName: no record of 120 has it; for person.name.frstName there is person.name.firstName", last.Detail)
}

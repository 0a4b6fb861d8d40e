package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// move points the destination to another environment with the same contacts, a copy of the first.
func (w *world) move(o simulator.Options) {
	w.t.Helper()
	o.Prefix, o.DataDir = "acme", w.t.TempDir() // a folder is an organization
	o.Columns = append(o.Columns, "acme_vipstatus:string:100")
	running, err := simulator.Start(o)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, running.Close()) })
	w.dynamics = running
	w.set("ENVIRONMENT", running.URL)
}

func TestACopyOfTheEnvironmentIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	o := simulator.Options{Contacts: 300, Seed: 31}
	w := newWorld(t, o)
	worker := w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	w.report(command.ExitDone, "activate", "-f", file)
	worker.kill()
	w.move(o)
	worker = w.startWorker()

	for _, args := range [][]string{
		{"activate", "-f", file}, {"activate", "-f", file, "--full"}, {"plan", "-f", file}, {"validate", "-f", file},
		{"validate", "-f", file, "--repair"}, {"unmap", "-f", file}, {"unmap", "-f", file, "--plan"}, {"check", "-f", file},
	} {
		r := w.starter(args...)
		require.Equal(t, command.ExitUsage, r.code, "%v\n%s%s", args, r.out, r.errOut)
		for _, way := range []string{"rebind " + w.destination + " --keep-ledger", "rebind " + w.destination + " --forget", w.dynamics.URL[len("http://"):]} {
			require.Contains(t, r.out+r.errOut, way, args)
		}
	}
	require.Zero(t, w.rowsWritten())
	for _, args := range [][]string{{"list"}, {"status", w.workflowID()}} {
		require.Equal(t, command.ExitDone, w.starter(args...).code, args)
	}

	require.Equal(t, command.ExitUsage, w.starter("destination", "rebind", w.destination).code, "keep or forget: somebody has to say")
	var bound activities.RebindDestinationResult
	w.document(&bound, command.ExitDone, "destination", "rebind", w.destination, "--keep-ledger")
	require.NotEqual(t, bound.Before.OrganizationID, bound.Now.OrganizationID)
	require.EqualValues(t, len(contacts), w.report(command.ExitDone, "plan", "-f", file).Unchanged, "they are said to have moved")
	w.document(&bound, command.ExitDone, "destination", "rebind", w.destination, "--forget")
	report := w.report(command.ExitDone, "activate", "-f", file)
	require.EqualValues(t, len(contacts), report.Activated)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	require.Equal(t, len(contacts), w.rowsWritten())
	worker.kill()
}

func TestATypoDoesNotTakeTheColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 100, Seed: 32})
	w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	typo := w.write("typo.yaml", "destination: "+w.destination+"\naudience: vpi\nmappingId: vipstatus\nsource: {url: absent.ndjson, contactId: contactId}\n")
	require.Equal(t, command.ExitFailed, w.starter("activate", "-f", typo).code)

	require.EqualValues(t, len(contacts), w.report(command.ExitDone, "activate", "-f", file).Activated, "the right audience may have it")

	for _, args := range [][]string{{"validate", "-f", typo}, {"unmap", "-f", typo}} {
		r := w.starter(args...)
		require.Equal(t, command.ExitUsage, r.code, "%v\n%s%s", args, r.out, r.errOut)
		require.Contains(t, r.out+r.errOut, "belongs to audience vip", args)
	}
}

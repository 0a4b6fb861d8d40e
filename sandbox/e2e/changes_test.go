package e2e

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// people writes an audience file of realized members with the given first names, as CSV.
func (w *world) people(lines ...[]string) string {
	w.t.Helper()
	var text strings.Builder
	out := csv.NewWriter(&text)
	require.NoError(w.t, out.WriteAll(append([][]string{{"id", "first", "born", "status"}}, lines...)))
	w.write("people.csv", text.String())
	return w.write("people.yaml", fmt.Sprintf(`destination: %s
audience: vip
mappingId: vipstatus
source: {url: people.csv, contactId: id, status: status}
mapping:
  - {source: first, target: FirstName}
  - {source: born, target: birthdate}
onBadValue: reject
`, w.destination))
}

func TestOnlyWhatChangedTravels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 9500, Seed: 21})
	w.startWorker()
	lines := make([][]string, 0, 9500)
	for i, contact := range w.contacts() {
		lines = append(lines, []string{contact, fmt.Sprintf("Given %d", i), "1990-01-02", "realized"})
	}
	file := w.people(lines...)
	require.EqualValues(t, 9500, w.report(command.ExitDone, "activate", "-f", file).Activated)
	require.Equal(t, 9500, w.rowsWritten())

	again := w.report(command.ExitDone, "activate", "-f", file)
	require.EqualValues(t, 9500, again.Unchanged)
	require.Equal(t, 9500, w.rowsWritten(), "nothing travels twice")
	require.Equal(t, runs.VerdictMatch, again.Validation.Verdict)
	require.Zero(t, again.Validation.Expected, "nothing was written, so nothing is read back")
	require.EqualValues(t, 9500, again.Validation.ByStatus.Realized.Actual)

	var changed []string
	for i := range 37 {
		lines[i*250][1] = "Changed"
		changed = append(changed, lines[i*250][0])
	}
	third := w.report(command.ExitDone, "activate", "-f", w.people(lines...))
	require.EqualValues(t, 37, third.Activated)
	require.EqualValues(t, 9463, third.Unchanged)
	require.EqualValues(t, 37, third.Validation.Expected)
	require.EqualValues(t, 37, third.Validation.Matched)
	written := w.written()[9500:]
	require.Len(t, written, 37)
	var contacts []string
	for _, one := range written {
		require.Equal(t, []string{"firstname"}, one.Columns)
		contacts = append(contacts, one.Contact)
	}
	require.ElementsMatch(t, changed, contacts)
}

func TestSixBadRowsAreListedAndSentOnceTheyArePutRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 1000, Seed: 22})
	w.startWorker()
	contacts := w.contacts()
	lines := make([][]string, 0, 1000)
	for i, contact := range contacts {
		lines = append(lines, []string{contact, fmt.Sprintf("Given %d", i), "1990-01-02", "realized"})
	}
	for _, i := range []int{100, 300, 500} {
		lines[i][1] = strings.Repeat("x", 51)
	}
	lines[700][0], lines[701][0] = "0badc0de-0000-4000-8000-000000000001", "0badc0de-0000-4000-8000-000000000002"
	lines[900][2] = "2026-02-30"

	report := w.report(command.ExitDone, "activate", "-f", w.people(lines...))
	require.EqualValues(t, 994, report.Activated)
	require.Equal(t, map[string]int64{"invalid_value": 4, "contact_not_found": 2}, report.Reasons)
	require.Equal(t, 994, w.rowsWritten())

	var rejected []struct {
		Line   int64  `json:"line"`
		Column string `json:"column"`
		Reason string `json:"reason"`
		Cause  string `json:"cause"`
		Action string `json:"action"`
	}
	w.document(&rejected, command.ExitDone, "rejected", w.workflowID())
	require.Len(t, rejected, 6)
	causes := map[int64]string{}
	for _, r := range rejected {
		causes[r.Line] = r.Column + ": " + r.Cause
		require.NotEmpty(t, r.Action)
	}
	for _, line := range []int64{102, 302, 502} {
		require.Equal(t, "firstname: a value does not fit its column: longer than 50 characters: the value has 51 characters", causes[line])
	}
	require.Contains(t, causes[902], "birthdate: a value does not fit its column: ")
	require.Contains(t, causes[702], "no such contact")

	corrected := w.write("corrected.csv", fmt.Sprintf("line,contact,FirstName,birthdate\n102,,Put,\n302,,Right,\n502,,Now,\n702,%s,,\n703,%s,,\n902,,,1990-02-28\n",
		contacts[700], contacts[701]))
	replay := w.report(command.ExitDone, "replay", w.workflowID(), "-f", corrected)
	require.EqualValues(t, 6, replay.Activated)
	sent := w.writes()[994:]
	slices.Sort(sent)
	want := []string{contacts[100], contacts[300], contacts[500], contacts[700], contacts[701], contacts[900]}
	slices.Sort(want)
	require.Equal(t, want, sent)
	require.Equal(t, 1000, w.rowsWritten())
}

func TestAFeedThatEndsTooManyMembershipsWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 300, Seed: 23})
	w.startWorker()
	sixInTen := func(i int) string {
		if i%10 < 6 {
			return "exited"
		}
		return "realized"
	}
	file := w.activation(w.profiles("vip.ndjson", firstTime, sixInTen, w.contacts()))

	held := w.report(command.ExitPerson, "activate", "-f", file)
	require.Equal(t, runs.StatusWaiting, held.Status)
	require.Contains(t, held.Reason, "180 of 300")
	require.Zero(t, w.rowsWritten(), "before the first write")
	require.Equal(t, runs.StatusCanceled, w.report(command.ExitDone, "cancel", w.workflowID()).Status)
	require.Zero(t, w.rowsWritten())

	require.Equal(t, command.ExitPerson, w.starter("activate", "-f", file).code)
	require.Equal(t, command.ExitDone, w.starter("approve", w.workflowID(), "--reason", "the club has closed").code)
	report := w.awaitEnd()
	require.Equal(t, runs.StatusCompleted, report.Status)
	require.Equal(t, runs.ByStatus{Realized: 120, Exited: 180}, report.ByStatus)
	require.Equal(t, 300, w.rowsWritten())
}

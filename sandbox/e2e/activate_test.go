package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

const firstTime, laterTime = "2025-03-01T10:00:00Z", "2025-04-01T10:00:00Z"

func TestAnAudienceArrivesAndIsProvenToBeThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 3000, Seed: 2})
	w.startWorker()
	contacts := w.contacts()[:2000]
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, append(contacts, "nobody")))

	first := w.report(command.ExitDone, "activate", "-f", file)

	require.Equal(t, runs.StatusCompleted, first.Status)
	require.Equal(t, runs.Numbers{
		Received: 2001, Activated: 2000, Excluded: 1,
		Reasons:  map[string]int64{"invalid_contact_id": 1},
		ByStatus: runs.ByStatus{Realized: 1500, Exited: 500},
	}, first.Numbers)
	require.Equal(t, runs.VerdictMatch, first.Validation.Verdict)
	written := w.column("acme_vipstatus")
	for i, contact := range contacts {
		require.Equal(t, oneInFour(i), written[contact])
	}
	require.Len(t, w.writes(), 2000)

	again := w.report(command.ExitDone, "activate", "-f", file)

	require.EqualValues(t, 2000, again.Unchanged)
	require.Zero(t, again.Activated)
	require.Len(t, w.writes(), 2000, "nothing is sent twice")
	require.Equal(t, first.Run, w.report(command.ExitDone, "status", first.Run).Run, "an ended run answers from the store")
}

func TestValidationNamesWhatChangedBehindOurBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 500, Seed: 3})
	w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	require.Equal(t, command.ExitUsage, w.starter("validate", "-f", file).code, "nothing exported yet is no match")
	w.report(command.ExitDone, "activate", "-f", file)
	w.document(&json.RawMessage{}, command.ExitDone, "validate", "-f", file)
	w.change(map[string]any{"contactid": contacts[10], "acme_vipstatus": "gold"},
		map[string]any{"contactid": contacts[20], "firstname": "Somebody Else"},
		map[string]any{"contactid": contacts[30], "delete": true})

	var validation struct {
		runs.Validation
		Mismatches []struct {
			Contact string `json:"contact"`
		} `json:"mismatches"`
	}
	w.document(&validation, command.ExitMismatch, "validate", "-f", file)

	require.EqualValues(t, 500, validation.Expected)
	require.EqualValues(t, 497, validation.Matched)
	var named []string
	for _, mismatch := range validation.Mismatches {
		named = append(named, mismatch.Contact)
	}
	require.ElementsMatch(t, []string{contacts[10], contacts[20], contacts[30]}, named)
}

func TestAnOlderFileChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 100, Seed: 4})
	w.startWorker()
	contacts := w.contacts()
	realized := func(int) string { return "realized" }
	exited := func(int) string { return "exited" }
	w.report(command.ExitDone, "activate", "-f", w.activation(w.profiles("new.ndjson", laterTime, realized, contacts)))

	report := w.report(command.ExitDone, "activate", "-f", w.activation(w.profiles("old.ndjson", firstTime, exited, contacts)))

	require.EqualValues(t, len(contacts), report.Superseded)
	require.Len(t, w.writes(), len(contacts))
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
}

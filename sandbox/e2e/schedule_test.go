package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// listedSchedule is a schedule as "schedule list -o json" shows it.
type listedSchedule struct {
	ID          string     `json:"id"`
	Paused      bool       `json:"paused"`
	Note        string     `json:"note"`
	Cron        string     `json:"cron"`
	Timezone    string     `json:"timezone"`
	Last        *time.Time `json:"last"`
	Next        *time.Time `json:"next"`
	LastStatus  string     `json:"lastStatus"`
	LastVerdict string     `json:"lastVerdict"`
	File        string     `json:"file"`
	Changed     bool       `json:"changed"`
}

// schedules runs a schedule command; it gives the world's own schedule as it is listed then, nil
// for none.
func (w *world) schedules(code int, args ...string) *listedSchedule {
	w.t.Helper()
	r := w.starter(append([]string{"schedule"}, args...)...)
	require.Equal(w.t, code, r.code, "%v\n%s%s", args, r.out, r.errOut)
	var all []listedSchedule
	w.document(&all, command.ExitDone, "schedule", "list")
	for _, s := range all {
		if s.ID == w.workflowID() {
			return &s
		}
	}
	return nil
}

// listed waits until the schedule is listed as it should be: Temporal lists changes a moment after
// they were made.
func (w *world) listed(what string, condition func(s *listedSchedule) bool) {
	w.t.Helper()
	eventually(w.t, what, func() bool { return condition(w.schedules(command.ExitDone, "list")) })
}

// TestASchedulesLife takes a schedule of a real Temporal server through all commands.
func TestASchedulesLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 20, Seed: 17})
	w.startWorker()
	source := w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
	file := w.activation(source)
	id := w.workflowID()

	w.schedules(command.ExitDone, "create", "-f", file, "--cron", "0 3 1 1 *", "--timezone", "Europe/Berlin")
	w.listed("the schedule, with its times", func(s *listedSchedule) bool {
		return s != nil && s.Next != nil && s.Cron == "0 3 1 1 *" && s.Timezone == "Europe/Berlin" && s.File == file && !s.Changed && !s.Paused && s.Last == nil
	})
	w.schedules(command.ExitUsage, "create", "-f", file, "--cron", "0 4 1 1 *")

	w.schedules(command.ExitDone, "trigger", id)
	w.listed("the run of the trigger, completed and validated", func(s *listedSchedule) bool {
		return s.Last != nil && s.LastStatus == runs.StatusCompleted && s.LastVerdict == runs.VerdictMatch
	})
	require.EqualValues(t, 20, w.status().Activated)

	w.activation(source, "onExit: keep")
	w.listed("that the file has changed", func(s *listedSchedule) bool { return s.Changed })
	w.schedules(command.ExitDone, "update", "-f", file)
	w.listed("the file as the schedule has it, at the old times", func(s *listedSchedule) bool { return !s.Changed && s.Cron == "0 3 1 1 *" })
	w.schedules(command.ExitDone, "update", "-f", file, "--cron", "0 4 1 1 *", "--timezone", "UTC")
	w.listed("the new times", func(s *listedSchedule) bool {
		return s.Cron == "0 4 1 1 *" && s.Timezone == "UTC" && s.Next.UTC().Hour() == 4
	})

	w.schedules(command.ExitDone, "pause", id, "--reason", "audit")
	w.listed("the pause and its reason", func(s *listedSchedule) bool { return s.Paused && s.Note != "" })
	w.schedules(command.ExitDone, "resume", id)
	w.listed("the schedule at work again", func(s *listedSchedule) bool { return !s.Paused })

	w.schedules(command.ExitDone, "delete", id)
	w.listed("no schedule", func(s *listedSchedule) bool { return s == nil })
	for _, verb := range []string{"trigger", "pause", "resume", "delete"} {
		require.NotEqual(t, command.ExitDone, w.starter("schedule", verb, id).code, verb)
	}
	require.NotEqual(t, command.ExitDone, w.starter("schedule", "update", "-f", file).code)
}

package command

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"audienceflow/audience/activation"
	"audienceflow/workflows"
)

const scheduledFile = "destination: dynamics\naudience: vip\nmappingId: vip\nsource: {url: vip.csv}\n"

// described is a schedule's action as Temporal gives it back.
func described(t *testing.T, in workflows.ScheduledInput) *client.ScheduleWorkflowAction {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(in)
	require.NoError(t, err)
	return &client.ScheduleWorkflowAction{ID: "scheduled/activate/dynamics/vip", Args: []any{payload}}
}

func TestAScheduleTellsWhetherItsFileHasChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vip.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write(scheduledFile)
	list, err := activation.Load(file)
	require.NoError(t, err)
	made, ok := madeOf(described(t, scheduling{file: file, cron: "0 3 * * *", zone: "UTC"}.input(list[0])))
	require.True(t, ok)
	require.Equal(t, "0 3 * * *", made.Cron)
	require.False(t, changed(made))
	write(scheduledFile + "onExit: clear\n")
	require.True(t, changed(made))
	write("destination: dynamics\naudience: another\nmappingId: vip\nsource: {url: vip.csv}\n")
	require.True(t, changed(made), "the audience is no longer in it")
	write("nothing\n")
	require.False(t, changed(made), "of a file that cannot be read nothing is said")
	made.File = ""
	require.False(t, changed(made), "an earlier version has made it")
}

func TestAnUpdateChangesWhatWasAskedFor(t *testing.T) {
	list, err := activation.Parse([]byte(scheduledFile+"onExit: clear\n"), "/folder/vip.yaml")
	require.NoError(t, err)
	old := client.Schedule{
		Action: described(t, workflows.ScheduledInput{Full: true, Cron: "0 3 * * *", Zone: "UTC", SearchAttributes: true}),
		Spec:   &client.ScheduleSpec{Jitter: time.Minute, TimeZoneName: "UTC"},
		Policy: &client.SchedulePolicies{CatchupWindow: catchup},
	}
	kept, err := scheduling{file: "/folder/vip.yaml"}.update(old, list[0])
	require.NoError(t, err)
	require.Equal(t, []any{workflows.ScheduledInput{Activation: list[0], Full: true, Cron: "0 3 * * *", Zone: "UTC",
		SearchAttributes: true, File: "/folder/vip.yaml"}}, kept.Schedule.Action.(*client.ScheduleWorkflowAction).Args)
	require.Equal(t, old.Spec, kept.Schedule.Spec)
	require.Equal(t, old.Policy, kept.Schedule.Policy)

	old.Action = described(t, workflows.ScheduledInput{Cron: "0 3 * * *", Zone: "UTC"})
	moved, err := scheduling{file: "/folder/vip.yaml", cron: "0 4 * * *", zone: "Europe/Berlin"}.update(old, list[0])
	require.NoError(t, err)
	require.Equal(t, &client.ScheduleSpec{CronExpressions: []string{"0 4 * * *"}, TimeZoneName: "Europe/Berlin", Jitter: time.Minute},
		moved.Schedule.Spec)

	for _, c := range []struct{ cron, zone, wantCron, wantZone string }{
		{"0 4 * * *", "", "0 4 * * *", "Asia/Tokyo"}, {"", "Europe/Berlin", "0 3 * * *", "Europe/Berlin"},
	} {
		old.Action = described(t, workflows.ScheduledInput{Cron: "0 3 * * *", Zone: "Asia/Tokyo"})
		moved, err := scheduling{cron: c.cron, zone: c.zone}.update(old, list[0])
		require.NoError(t, err)
		require.Equal(t, &client.ScheduleSpec{CronExpressions: []string{c.wantCron}, TimeZoneName: c.wantZone, Jitter: time.Minute},
			moved.Schedule.Spec, "what was not asked for stays")
		made := moved.Schedule.Action.(*client.ScheduleWorkflowAction).Args[0].(workflows.ScheduledInput)
		require.Equal(t, []string{c.wantCron, c.wantZone}, []string{made.Cron, made.Zone})
	}
	old.Action = described(t, workflows.ScheduledInput{})
	_, err = scheduling{zone: "Europe/Berlin"}.update(old, list[0])
	require.ErrorContains(t, err, "give --cron")

	_, err = scheduling{}.update(client.Schedule{Action: &client.ScheduleWorkflowAction{}}, list[0])
	require.ErrorContains(t, err, "delete it")
}

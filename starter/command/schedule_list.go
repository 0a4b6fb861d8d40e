package command

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/workflows"
)

func newScheduleList(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List schedules with their last and next runs",
		Long: `Lists schedules: when they run, how their last run has ended, and whether the activation file, where it can be read from
here, has changed since the schedule was made or updated. A schedule runs what it was given then.`,
		Example: `  starter schedule list -o json`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.connect(c.Context()); err != nil {
				return err
			}
			return a.listSchedules(c.Context())
		},
	}
}

// schedule is a schedule in the list.
type schedule struct {
	ID     string `json:"id"`
	Paused bool   `json:"paused"`
	Note   string `json:"note"`
	// Cron and Timezone are what it was made with; empty for one that an earlier version has made.
	Cron     string     `json:"cron"`
	Timezone string     `json:"timezone"`
	Last     *time.Time `json:"last,omitempty"`
	Next     *time.Time `json:"next,omitempty"`
	// LastStatus and LastVerdict are those of the latest run of the audience, whoever has started
	// it; empty until the schedule has started one.
	LastStatus  string `json:"lastStatus,omitempty"`
	LastVerdict string `json:"lastVerdict,omitempty"`
	// File is the activation file; Changed is set where it says something else by now.
	File    string `json:"file,omitempty"`
	Changed bool   `json:"changed"`
}

func (a *App) listSchedules(ctx context.Context) error {
	iterator, err := a.Temporal.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: listPage})
	if err != nil {
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("Temporal does not list schedules: %w", err)}
	}
	all := []schedule{}
	for iterator.HasNext() {
		entry, err := iterator.Next()
		if err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("Temporal does not list schedules: %w", err)}
		}
		s := scheduleOf(entry)
		a.addMade(ctx, &s)
		a.addLastRun(ctx, &s)
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	if a.Format == "json" {
		return a.json(all)
	}
	return a.printSchedules(all)
}

func (a *App) printSchedules(all []schedule) error {
	if len(all) == 0 {
		a.printf("there are no schedules\n")
		return nil
	}
	t := a.table("SCHEDULE", "CRON", "ZONE", "NEXT", "LAST", "STATUS", "VERDICT", "NOTE")
	for _, s := range all {
		next := timeText(s.Next)
		if s.Paused {
			next = "paused"
		}
		t.Row(s.ID, orDefault(s.Cron, "-"), orDefault(s.Timezone, "-"), next, timeText(s.Last),
			orDefault(s.LastStatus, "-"), orDefault(s.LastVerdict, "-"), strings.TrimSpace(s.Note))
	}
	if err := t.End(); err != nil {
		return err
	}
	for _, s := range all {
		if s.Changed {
			a.printf("\n%s has changed since schedule %s was given it: \"starter schedule update -f %s\" gives it anew\n", s.File, s.ID, s.File)
		}
	}
	return nil
}

func scheduleOf(entry *client.ScheduleListEntry) schedule {
	s := schedule{ID: entry.ID, Paused: entry.Paused, Note: entry.Note}
	if n := len(entry.RecentActions); n > 0 {
		s.Last = &entry.RecentActions[n-1].ActualTime
	}
	if len(entry.NextActionTimes) > 0 {
		s.Next = &entry.NextActionTimes[0]
	}
	return s
}

// addMade tells what a schedule was made of, and whether its file has changed since.
func (a *App) addMade(ctx context.Context, s *schedule) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.schedule(ctx, s.ID).Describe(ctx)
	if err != nil {
		return // the line stays shorter
	}
	made, ok := madeOf(described.Schedule.Action)
	if !ok {
		return
	}
	s.Cron, s.Timezone, s.File, s.Changed = made.Cron, made.Zone, made.File, changed(made)
}

// madeOf reads back what a schedule starts.
func madeOf(action client.ScheduleAction) (made workflows.ScheduledInput, ok bool) {
	started, ok := action.(*client.ScheduleWorkflowAction)
	if !ok || len(started.Args) != 1 {
		return made, false
	}
	payload, ok := started.Args[0].(*common.Payload)
	if !ok {
		return made, false
	}
	return made, converter.GetDefaultDataConverter().FromPayload(payload, &made) == nil
}

// changed tells whether the file of a schedule now says something else of its audience. Of a file
// that cannot be read from here nothing is said.
func changed(made workflows.ScheduledInput) bool {
	if made.File == "" {
		return false
	}
	list, err := activation.Load(made.File)
	if err != nil {
		return false
	}
	for _, now := range list {
		if now.Destination == made.Activation.Destination && now.Audience == made.Activation.Audience {
			return !same(now, made.Activation)
		}
	}
	return true // the audience is no longer in it
}

// same compares activations as they travel.
func same(a, b audience.Activation) bool {
	one, errOne := json.Marshal(a)
	other, errOther := json.Marshal(b)
	return errOne == nil && errOther == nil && string(one) == string(other)
}

// addLastRun tells how the latest run of the schedule's audience stands, once the schedule has
// started one: until then it was somebody else's.
func (a *App) addLastRun(ctx context.Context, s *schedule) {
	if s.Last == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, s.ID, "")
	if err != nil {
		return // there was none, or Temporal does not remember it
	}
	last := listedOf(described.GetWorkflowExecutionInfo())
	s.LastStatus, s.LastVerdict = last.Status, last.Verdict
}

package command

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/workflows"
)

const (
	// describeTime is how long a worker may take to tell of its destination.
	describeTime = 5 * time.Second
	// lastRuns is how many runs of a destination are looked through for those of its audiences.
	lastRuns = 1_000
)

func newDestinations(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "destinations",
		Short: "Show the destinations there are, how they stand, and their audiences",
		Long: `Shows each destination that a worker serves, or has served: its description and environment, whether it is enabled or
paused (by whom and until when), its daily budget, its quiet hours, and the audiences of the activation store at STORE_URL with their columns and last runs.`,
		Example: `  starter destinations
  starter destinations -o json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Destinations(c.Context()) },
	}
}

// destinationReport is what is known of a destination.
type destinationReport struct {
	Name string `json:"name"`
	// Served tells whether a worker is there; the settings are known from it alone.
	Served      bool                         `json:"served"`
	Description string                       `json:"description"`
	Environment string                       `json:"environment"`
	Enabled     *bool                        `json:"enabled,omitempty"`
	Paused      *activities.DestinationPause `json:"paused,omitempty"`
	DailyRows   *runs.DailyRows              `json:"dailyRows,omitempty"`
	// QuietHours are those in which nothing is sent, as they are set; Quiet is set while they last.
	QuietHours string                       `json:"quietHours,omitempty"`
	Quiet      *activities.DestinationPause `json:"quiet,omitempty"`
	Audiences  []audienceReport             `json:"audiences"`
}

// audienceReport is an audience of a destination, its latest run, and the last verdict since that
// began.
type audienceReport struct {
	Audience  string     `json:"audience"`
	Name      string     `json:"name,omitempty"`
	Column    string     `json:"column"`
	Run       string     `json:"run"`
	Kind      string     `json:"kind"`
	Status    string     `json:"status"`
	Verdict   string     `json:"verdict"`
	StartedAt time.Time  `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
}

// Destinations prints all destinations.
func (a *App) Destinations(ctx context.Context) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	kept, err := a.openStore(ctx)
	if err != nil {
		a.notef("the audiences cannot be shown: %v", err)
	} else {
		defer a.closeStore(kept)
	}
	all := []destinationReport{}
	for _, name := range a.destinations(ctx) {
		d := destinationReport{Name: name, Audiences: []audienceReport{}}
		a.describe(ctx, &d)
		if kept != nil {
			if d.Audiences, err = audiencesOf(ctx, kept, name); err != nil {
				return &Exit{Code: ExitFailed, Err: err}
			}
			a.addUnderWay(ctx, name, d.Audiences)
		}
		all = append(all, d)
	}
	return a.printDestinations(all)
}

// describe asks a destination's worker and its pause.
func (a *App) describe(ctx context.Context, d *destinationReport) {
	if hold := a.holdOf(ctx, d.Name); hold != nil {
		d.Paused = &hold.Pause
	}
	if d.Served = a.served(ctx, d.Name); !d.Served {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	run, err := a.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.DescribeID(d.Name) + "/" + uuid.NewString(), TaskQueue: workflows.TaskQueue(d.Name),
		WorkflowExecutionTimeout: describeTime, StaticSummary: clip("Describe " + d.Name),
	}, workflows.DescribeDestinationType, activities.DestinationInput{Destination: d.Name})
	var found activities.DescribeDestinationResult
	if err == nil {
		err = run.Get(ctx, &found)
	}
	if err != nil { // stopped a moment ago, or of an older version
		a.notef("no worker of destination %s tells of it", d.Name)
		d.Served = false
		return
	}
	d.Description, d.Environment, d.Enabled, d.DailyRows = found.Description, found.Environment, &found.Enabled, found.DailyRows
	d.QuietHours, d.Quiet = found.QuietHours, found.Quiet
}

// audiencesOf are the audiences of a destination, each with its latest run that was no dry run, and
// the verdict of the last validation since it began.
func audiencesOf(ctx context.Context, kept *store.Store, destination string) ([]audienceReport, error) {
	recorded, err := kept.Runs(ctx, runlog.Filter{Destination: destination, Limit: lastRuns})
	found := []audienceReport{}
	for _, run := range recorded {
		known := func(other audienceReport) bool { return other.Audience == run.Audience }
		if run.Kind != runs.KindPlan && !slices.ContainsFunc(found, known) {
			found = append(found, audienceOf(run))
		}
	}
	if err != nil {
		return found, err
	}
	slices.SortFunc(found, func(a, b audienceReport) int { return strings.Compare(a.Audience, b.Audience) })
	verdicts, err := kept.LatestVerdicts(ctx, destination)
	for i := range found {
		for _, latest := range verdicts {
			if latest.Audience == found[i].Audience && !latest.EndedAt.Before(found[i].StartedAt) {
				found[i].Verdict = latest.Verdict
			}
		}
	}
	return found, err
}

// addUnderWay completes audiences whose latest run goes on: the store keeps each hour of a stream as
// a run that has ended, and knows of a pause only once its run has said so.
func (a *App) addUnderWay(ctx context.Context, destination string, audiences []audienceReport) {
	open, err := a.openRuns(ctx, destination)
	if err != nil || len(open) == 0 {
		return // what the store says stands
	}
	a.askEach(ctx, open)
	for i := range audiences {
		shown := &audiences[i]
		for _, l := range open {
			if l.Audience == shown.Audience && l.Kind == shown.Kind {
				shown.Status, shown.EndedAt = l.Status, nil
			}
		}
	}
}

func audienceOf(run runlog.Run) audienceReport {
	out := audienceReport{
		Audience: run.Audience, Column: run.Column, Run: run.Run, Kind: run.Kind, Status: run.Status, StartedAt: run.StartedAt,
	}
	if run.Over() {
		out.EndedAt = &run.EndedAt
	}
	var r runs.Report
	if run.Report != nil && json.Unmarshal(run.Report, &r) == nil {
		out.Name, out.Verdict = r.Name, report.Complete(r).Verdict
	}
	return out
}

func (a *App) printDestinations(all []destinationReport) error {
	if a.Format == "json" {
		return a.json(all)
	}
	if len(all) == 0 {
		a.printf("there are no destinations: a worker makes its own known when it starts\n")
		return nil
	}
	for i, d := range all {
		a.separate(i)
		a.printf("%s: %s\n", d.Name, d.state())
		for _, fact := range d.facts() {
			a.printf("  %s\n", fact)
		}
		if len(d.Audiences) == 0 {
			continue
		}
		t := a.table("  AUDIENCE", "COLUMN", "LAST RUN", "STATUS", "VERDICT", "STARTED")
		for _, run := range d.Audiences {
			t.Row("  "+run.Audience, run.Column, run.Kind, run.Status, orDefault(run.Verdict, "-"), shortTime(run.StartedAt, time.Now()))
		}
		if err := t.End(); err != nil {
			return err
		}
	}
	return nil
}

// state is how a destination stands, and what to do about it.
func (d destinationReport) state() string {
	switch {
	case d.Paused != nil:
		return d.Paused.String() + "; go on: starter resume --destination " + d.Name
	case !d.Served:
		return "no worker serves it"
	case d.Enabled != nil && !*d.Enabled:
		return "disabled by DYNAMICS_ENABLED"
	case d.Quiet != nil:
		return "enabled; quiet hours: nothing is sent until " + timeText(&d.Quiet.Until)
	}
	return "enabled"
}

func (d destinationReport) facts() []string {
	var facts []string
	for _, fact := range []string{d.Description, d.Environment} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	if d.QuietHours != "" {
		facts = append(facts, "quiet hours: "+d.QuietHours)
	}
	if b := d.DailyRows; b != nil {
		facts = append(facts, "daily rows: "+report.Count(b.Used)+" of "+report.Count(b.Limit)+" used, "+report.Count(b.Left)+" left")
	}
	return facts
}

package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// guarded is an input with the guards of a file that says nothing.
func guarded() workflows.ActivateInput {
	in := input()
	in.Activation.Guard = audience.DefaultGuard
	return in
}

// TestGuardsAndTheirFloors has each guard just trip and just not trip: by a plan, which says so,
// and by the run, which waits.
func TestGuardsAndTheirFloors(t *testing.T) {
	leaving := func(leaving, realized int64) activities.Risks {
		return activities.Risks{Complete: true, Records: 50, Rows: 50, Absent: leaving, Exits: leaving, Leaving: leaving, Realized: realized, ToSend: leaving}
	}
	unreadable := func(r activities.Risks) activities.Risks { r.Unreadable, r.Excluded = 1, 1; return r }
	empty := func(r activities.Risks) activities.Risks { r.Records, r.Rows = 0, 0; return r }
	for name, c := range map[string]struct {
		risks activities.Risks
		want  []string
		says  string
	}{
		"an empty source":                      {empty(leaving(16, 16)), []string{"complete"}, "16 of 16"},
		"an empty source, part of the rest":    {empty(leaving(1, 99)), []string{"complete"}, "1 of 99"},
		"an empty source, nobody to leave":     {activities.Risks{Complete: true}, nil, ""},
		"an empty source that is not complete": {activities.Risks{Realized: 16}, nil, ""},
		"more than 90 % of few":                {leaving(10, 11), []string{"complete"}, "10 of 11"},
		"90 % of few":                          {leaving(9, 10), nil, ""},
		"more than 90 % of many":               {leaving(95, 100), []string{"complete", "maxExitShare"}, "95 of 100"},
		"not complete, more than 90 % of few":  {activities.Risks{Records: 50, Rows: 50, Exits: 11, Leaving: 11, Realized: 11}, nil, ""},
		"half of many":                         {leaving(50, 100), nil, ""},
		"more than half of many":               {leaving(51, 100), []string{"maxExitShare"}, "51 of 100"},
		"an unreadable record and an absence":  {unreadable(leaving(1, 50)), []string{"complete"}, "1 of its records cannot be read"},
		"an unreadable record, nobody absent":  {unreadable(leaving(0, 50)), nil, ""},
		"failed before sending":                {activities.Risks{Records: 3_000, Rows: 3_000, ToSend: 2_940, Unsent: 60}, []string{"maxFailedShare"}, "60 of 3,000"},
		"all failed before sending":            {activities.Risks{Records: 100, Rows: 100, Unsent: 100}, []string{"maxFailedShare"}, "100 of 100"},
		"19 failed of 100":                     {activities.Risks{Records: 100, Rows: 100, ToSend: 81, Unsent: 19}, nil, ""},
		"20 failed of 99":                      {activities.Risks{Records: 99, Rows: 99, ToSend: 79, Unsent: 20}, nil, ""},
		"20 failed of 2000":                    {activities.Risks{Records: 2_000, Rows: 2_000, ToSend: 1_980, Unsent: 20}, nil, ""},
		"excluded":                             {activities.Risks{Records: 300, Rows: 200, Excluded: 21, ToSend: 179}, []string{"maxExcludedShare"}, "21 of 200"},
		"20 excluded of 200":                   {activities.Risks{Records: 200, Rows: 200, Excluded: 20, ToSend: 180}, nil, ""},
		"20 excluded of 99":                    {activities.Risks{Records: 99, Rows: 99, Excluded: 20, ToSend: 79}, nil, ""},
		"19 excluded of 100":                   {activities.Risks{Records: 100, Rows: 100, Excluded: 19, ToSend: 81}, nil, ""},
		"anonymous profiles":                   {activities.Risks{Records: 200, Rows: 200, Excluded: 190, WithoutID: 185, ToSend: 10}, nil, ""},
		"anonymous profiles, and others":       {activities.Risks{Records: 200, Rows: 200, Excluded: 190, WithoutID: 169, ToSend: 10}, []string{"maxExcludedShare"}, "21 of 200"},
		"nothing but anonymous profiles":       {activities.Risks{Records: 200, Rows: 200, Excluded: 200, WithoutID: 200}, []string{"maxExcludedShare"}, "200 of 200"},
		"words of others":                      {activities.Risks{Records: 3, Rows: 3, FirstRun: true, ToSend: 3, Overwrites: 2}, []string{"maxOverwriteShare"}, "2 of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := newFake(t, 2)
			plan.plan.Risks = c.risks
			in := guarded()
			in.Kind = runs.KindPlan
			report, err := plan.run(t, in)
			require.NoError(t, err)
			require.Equal(t, runs.StatusCompleted, report.Status)
			require.Equal(t, c.want, names(report.Guards))
			for _, g := range report.Guards {
				require.InDelta(t, float64(g.Rows)/float64(g.Of), g.Share, 1e-9)
			}

			f := newFake(t, 2)
			f.plan.Risks = c.risks
			waited := ""
			f.after(time.Hour, func() {
				waited = f.report(t).Reason
				f.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{})
			})
			report, err = f.run(t, guarded())
			require.NoError(t, err)
			require.EqualValues(t, 20, report.Activated)
			if len(c.want) == 0 {
				require.Empty(t, waited)
				return
			}
			for _, g := range report.Guards {
				require.Contains(t, waited, g.Says)
			}
			require.Contains(t, waited, c.says)
		})
	}
}

func names(list []runs.TrippedGuard) (names []string) {
	for _, g := range list {
		names = append(names, g.Guard)
	}
	return names
}

// TestFailuresAreJudgedFromAHundredRowsOn sends batches of ten rows of which some fail.
func TestFailuresAreJudgedFromAHundredRowsOn(t *testing.T) {
	for name, c := range map[string]struct {
		batches, failing int // of its batches, failing ones fail wholly
		unsent           int64
		want             string
	}{
		"20 of 100":                          {batches: 10, failing: 2, want: "rows sent have failed"},
		"10 of 100":                          {batches: 10, failing: 1},
		"20 of 90":                           {batches: 9, failing: 2},
		"10, and 12 before":                  {batches: 200, failing: 1, unsent: 12, want: "22 of 2,012 rows to send have failed, 12 of them before sending"},
		"10, and 12 before, of many":         {batches: 300, failing: 1, unsent: 12},
		"10, and more before, as approved":   {batches: 10, failing: 1, unsent: 30},
		"20 of 100, and more, as approved":   {batches: 10, failing: 2, unsent: 30, want: "20 of 100 rows sent have failed"},
		"20 of 100 in the end, more to come": {batches: 150, failing: 2, want: "rows sent have failed"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, c.batches)
			f.plan.Numbers.Received += c.unsent
			f.plan.Numbers.Failed = c.unsent
			f.plan.Numbers.Reasons = map[string]int64{"invalid_value": c.unsent}
			f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
				if in.Batch > c.failing {
					return all(), nil
				}
				return activities.UpdateContactsResult{Numbers: runs.Numbers{Failed: batchRows, Reasons: map[string]int64{"plugin_error": batchRows}}}, nil
			}
			reason := ""
			f.after(time.Hour, func() {
				reason = f.report(t).Reason
				f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
			})
			report, err := f.run(t, guarded())
			require.NoError(t, err)
			addsUp(t, report)
			if c.want == "" {
				require.Empty(t, reason)
				return
			}
			require.Contains(t, reason, c.want)
		})
	}
}

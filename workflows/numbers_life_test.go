package workflows_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// life is a run of a kind that meets everything at random: limits, rows that are refused, batches
// given back, counts that come late, pauses, and people who approve.
type life struct {
	*fake
	random *rand.Rand
	counts []runs.Numbers // as the store had them, from time to time
	seen   runs.Report
	looked int
	errs   []error
}

func newLife(t *testing.T, kind string, seed uint64) (*life, workflows.ActivateInput) {
	random := rand.New(rand.NewPCG(seed, 1))
	l := &life{fake: newFake(t, 1+random.IntN(6)), random: random}
	l.update = l.sendSome
	in := input()
	in.Kind = kind
	switch kind {
	case runs.KindReplay:
		in.Rows, in.Of = activities.RowsFailed, "run"
	case runs.KindRepair:
		in.Rows, in.Of = activities.RowsDiffering, "validation"
	case runs.KindUnmap:
		in.Rows = activities.RowsExported
	case runs.KindPlan:
		if random.IntN(2) == 0 {
			in.Rows = activities.RowsExported
		}
		l.plan.Numbers.Activated, l.plan.Numbers.Pending = l.plan.Numbers.Pending, 0
		l.plan.Numbers.ByStatus.Exited = l.plan.Numbers.Activated
	}
	l.plan.Numbers.Superseded, l.plan.Numbers.Duplicates = random.Int64N(5), 0
	l.plan.Numbers.Received += l.plan.Numbers.Superseded
	if random.IntN(3) == 0 {
		l.toRead = 7
	}
	if random.IntN(3) == 0 {
		l.plan.Risks.FirstRun, l.plan.Risks.Realized, l.plan.Risks.Leaving = false, 300, 290
	}
	return l, in
}

// sendSome settles some more of a batch's rows, and now and then comes to no good end.
func (l *life) sendSome(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.batches[in.Batch]
	b.Received, b.Pending = batchRows, batchRows-b.Activated-b.Failed
	b.Reasons = maps.Clone(b.Reasons)
	if b.Reasons == nil {
		b.Reasons = map[string]int64{}
	}
	for range l.random.Int64N(b.Pending + 1) {
		b.Pending--
		if l.random.IntN(200) == 0 {
			b.Failed++
			b.Reasons["plugin_error"]++
			continue
		}
		b.Activated++
		b.ByStatus.Realized++
	}
	l.batches[in.Batch] = b
	l.counts = append(l.counts, *l.counted())
	if b.Pending > 0 && l.random.IntN(3) > 0 {
		return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Duration(1+l.random.IntN(300)) * time.Second})
	}
	return activities.UpdateContactsResult{Numbers: b, Run: l.anyCount()}, nil
}

// anyCount is a count of the run that may be older than it is told.
func (l *life) anyCount() *runs.Numbers {
	n := l.counts[l.random.IntN(len(l.counts))]
	if l.random.IntN(2) == 0 {
		n = l.counts[len(l.counts)-1]
	}
	return &n
}

// look takes a look at the run as everybody sees it.
func (l *life) look(r runs.Report) {
	l.errs = append(l.errs, reporttest.Check(r))
	if l.looked > 0 {
		l.errs = append(l.errs, reporttest.Back(l.seen, r))
	}
	l.seen = r
	l.looked++
}

// happen plans what happens to the run, and the looks at it.
func (l *life) happen(t *testing.T) {
	l.env.SetTestTimeout(time.Minute)
	for minute := range 60 {
		at := time.Duration(minute)*time.Minute + time.Duration(l.random.IntN(60))*time.Second
		what := l.random.IntN(8)
		l.after(at, func() {
			l.mu.Lock()
			news := activities.News{Step: "UpdateContacts"}
			if len(l.counts) > 0 {
				news.Numbers = l.anyCount()
			}
			l.mu.Unlock()
			switch what {
			case 0:
				l.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "maintenance", By: "ann"})
			case 1:
				l.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{By: "ann"})
			case 2, 3, 4:
				if news.Numbers != nil {
					l.env.SignalWorkflow(activities.SignalNews, news)
				}
			default:
				l.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
			}
		})
		l.after(at+time.Second, func() { l.look(l.report(t)) })
	}
	l.after(2*time.Hour, func() { // whatever holds it still
		l.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{By: "ann"})
		l.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
	})
	l.after(3*time.Hour, func() { l.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"}) }) // too many have failed
}

func TestNumbersAddUpAndNeverGoBackOverARunsLife(t *testing.T) {
	looks, seeds := 0, uint64(25)
	if testing.Short() {
		seeds = 6
	}
	for _, kind := range []string{runs.KindActivate, runs.KindPlan, runs.KindReplay, runs.KindRepair, runs.KindUnmap} {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s %d", kind, seed), func(t *testing.T) {
				l, in := newLife(t, kind, seed)
				l.happen(t)
				last, err := l.run(t, in)
				require.NoError(t, err)
				l.look(last)
				for _, err := range l.errs {
					require.NoError(t, err)
				}
				require.Equal(t, runs.StatusCompleted, last.Status)
				require.Zero(t, last.Pending)
				looks += l.looked
			})
		}
	}
	require.Greater(t, looks, int(4*seeds), "the runs are looked at while they live") // how often depends on the machine
}

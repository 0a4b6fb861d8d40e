package command

import (
	"context"
	"time"

	"audienceflow/runs"
	"audienceflow/store"
)

const (
	// countEvery is how often at most the rows of a followed run are counted.
	countEvery = 2 * time.Second
	// countShare bounds the time that counting takes to one part in so many.
	countShare = 20
)

// latestNumbers brings the numbers of a run under way up to date from its store, where the starter
// can look into it: the run itself hears of its rows when a batch of them has ended, which takes
// long under limits, and not at all while no worker is there. It is for one run.
type latestNumbers struct {
	app   *App
	kept  *store.Store
	tried bool
	due   time.Time
	last  runs.Numbers
}

func (a *App) latestNumbers() *latestNumbers { return &latestNumbers{app: a} }

// add completes a report.
func (l *latestNumbers) add(ctx context.Context, r *runs.Report) {
	if r.Ended() || r.StoreID == "" || r.Kind == runs.KindPlan || r.Kind == runs.KindStream {
		return
	}
	if !l.tried {
		l.tried = true
		if kept, err := l.app.storeOf(ctx, r.StoreID); err == nil { // without it the report stays as the run gave it
			l.kept = kept
		}
	}
	if began := time.Now(); l.kept != nil && began.After(l.due) {
		if counted, err := l.kept.Counts(ctx, r.Run); err == nil {
			l.last = counted
		}
		l.due = time.Now().Add(max(countEvery, countShare*time.Since(began)))
	}
	own := r.Numbers
	r.Numbers = furthest(own, l.last)
	r.Progress = furtherBy(r.Progress, own.Pending-r.Pending)
}

// furthest are the later ones of the numbers of a run that is planned: rows once decided stay so,
// and therefore the fewest pending rows are the latest word.
func furthest(own, counted runs.Numbers) runs.Numbers {
	if own.Received == 0 || counted.Received != own.Received || counted.Pending > own.Pending {
		return own
	}
	return counted
}

// furtherBy is the progress of sending with so many more rows done.
func furtherBy(p *runs.Progress, rows int64) *runs.Progress {
	if p == nil || p.What != "rows" || rows <= 0 {
		return p
	}
	further := *p
	further.Done = min(p.Of, p.Done+rows)
	if p.PerSecond > 0 {
		further.SecondsLeft = float64(p.Of-further.Done) / p.PerSecond
	}
	return &further
}

func (l *latestNumbers) close() {
	if l.kept != nil {
		l.app.closeStore(l.kept)
	}
}

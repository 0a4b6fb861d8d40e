package command

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
)

// recorded are the reports that the store keeps of ended runs: of one run, or of all under a
// workflow id, newest first.
func (a *App) recorded(ctx context.Context, id string) ([]runs.Report, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	defer a.closeStore(s)
	found, err := findRuns(ctx, s, id)
	if err != nil {
		return nil, err
	}
	var reports []runs.Report
	for _, run := range found {
		var r runs.Report
		if run.Report != nil && json.Unmarshal(run.Report, &r) == nil {
			reports = append(reports, withBooked(ctx, s, r))
		}
	}
	return reports, nil
}

// withBooked is the report of an ended run with what has become of its pending rows since: those
// that were in flight when it was canceled, another run has booked for it.
func withBooked(ctx context.Context, s *store.Store, r runs.Report) runs.Report {
	if r.Pending == 0 || r.Kind == runs.KindPlan {
		return r
	}
	if counted, err := s.Counts(ctx, r.Run); err == nil {
		r.Numbers = furthest(r.Numbers, counted)
	}
	return r
}

// findRuns finds runs by run or by workflow id.
func findRuns(ctx context.Context, s *store.Store, id string) ([]runlog.Run, error) {
	if run, err := s.Run(ctx, id); err == nil {
		return []runlog.Run{run}, nil
	}
	return s.Runs(ctx, runlog.Filter{WorkflowID: id, Limit: math.MaxInt32})
}

// openRun opens the store, to be closed, and finds a run in it by its id, or the latest with rows
// under a workflow id.
func (a *App) openRun(ctx context.Context, id string) (*store.Store, runlog.Run, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, runlog.Run{}, err
	}
	run, passed, err := latestRun(ctx, s, id)
	if err != nil {
		a.closeStore(s)
		return nil, run, err
	}
	if passed > 0 {
		a.notef("meant is run %s: it has rows to show, later ones (%s) ended without any", run.Run, report.Counted(int64(passed), "run"))
	}
	return s, run, nil
}

// latestRun finds a run by its id, or the latest under a workflow id that has rows of its own to
// show. It also tells how many later ones it passed over since they ended without any: the rows of
// the run before them are kept as they were.
func latestRun(ctx context.Context, s *store.Store, id string) (run runlog.Run, passed int, err error) {
	found, err := findRuns(ctx, s, id)
	if err != nil {
		return runlog.Run{}, 0, &Exit{Code: ExitFailed, Err: err}
	}
	if len(found) == 0 {
		return runlog.Run{}, 0, usage("the store knows no rows of %s: either it ended before it took any (\"starter status %s\" says why), or there is no such run "+
			"(\"starter list\" shows what has run), or STORE_URL is not the worker's", id, id)
	}
	own := slices.DeleteFunc(slices.Clone(found), func(run runlog.Run) bool {
		return run.Kind == runs.KindRepair // it mends what an activation has written, and has no rows of its own to show
	})
	if len(own) == 0 {
		return found[0], 0, nil
	}
	for i, run := range own {
		if !run.Over() {
			return run, i, nil
		}
		counts, err := s.Counts(ctx, run.Run)
		if err != nil {
			return run, i, &Exit{Code: ExitFailed, Err: err}
		}
		if hasRows(run, counts) {
			return run, i, nil
		}
	}
	return own[0], 0, nil
}

// hasRows reports whether an ended run has settled rows. A replay that did not come to its end
// leaves what it has not settled with the run that it replays, and an unmapping has the ledger's
// rows, so that they count only where rows have failed.
func hasRows(run runlog.Run, c runs.Numbers) bool {
	if run.Kind == runs.KindReplay && run.Status != runs.StatusCompleted || run.Kind == runs.KindUnmap {
		return c.Failed+c.Excluded > 0
	}
	return c.Received > c.Pending
}

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

package command

import (
	"context"
	"encoding/json"

	"audienceflow/activities"
	"audienceflow/store"
)

// recorded are the reports that the store keeps of ended runs: of one run, or of all under a workflow id, newest first.
func (a *App) recorded(ctx context.Context, id string) ([]activities.Report, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	runs, err := findRuns(ctx, s, id)
	if err != nil {
		return nil, err
	}
	var reports []activities.Report
	for _, run := range runs {
		var r activities.Report
		if run.Report != nil && json.Unmarshal(run.Report, &r) == nil {
			reports = append(reports, r)
		}
	}
	return reports, nil
}

// findRuns finds runs by run or by workflow id.
func findRuns(ctx context.Context, s *store.Store, id string) ([]store.Run, error) {
	if run, err := s.Run(ctx, id); err == nil {
		return []store.Run{run}, nil
	}
	return s.Runs(ctx, store.RunFilter{WorkflowID: id})
}

// openRun opens the store, to be closed, and finds a run in it by its id, or the latest under a workflow id.
func (a *App) openRun(ctx context.Context, id string) (*store.Store, store.Run, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, store.Run{}, err
	}
	run, err := latestRun(ctx, s, id)
	if err != nil {
		s.Close()
		return nil, run, err
	}
	return s, run, nil
}

// latestRun finds a run by its id, or the latest under a workflow id.
func latestRun(ctx context.Context, s *store.Store, id string) (store.Run, error) {
	runs, err := findRuns(ctx, s, id)
	if err != nil {
		return store.Run{}, &Exit{Code: ExitFailed, Err: err}
	}
	if len(runs) == 0 {
		return store.Run{}, usage("the store knows no run %s: \"starter list\" shows what has run; is STORE_URL the worker's?", id)
	}
	for _, run := range runs {
		if run.Kind != store.KindRepair { // a repair mends what an activation has written, and has no rows of its own to show
			return run, nil
		}
	}
	return runs[0], nil
}

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

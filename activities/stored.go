package activities

import (
	"context"

	"audienceflow/store"
)

// StoredReport is what the store knows of a run that does not answer itself: its numbers are counted over its rows.
func StoredReport(ctx context.Context, kept *store.Store, id string) (Report, error) {
	run, err := kept.Run(ctx, id)
	if err != nil {
		return Report{}, err
	}
	counts, err := kept.Counts(ctx, id)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		Run: run.Run, WorkflowID: run.WorkflowID, Kind: run.Kind, Destination: run.Destination, Audience: run.Audience,
		MappingID: run.MappingID, Column: run.Column, StoreID: kept.ID(), Status: run.Status, Reason: run.Reason, By: run.By,
		Numbers: numbersOf(counts), StartedAt: run.StartedAt,
	}
	if !run.Since.IsZero() {
		r.Since = &run.Since
	}
	if run.Over() {
		r.EndedAt = &run.EndedAt
	}
	if r.Kind == KindPlan {
		r.Numbers, err = wouldBe(ctx, kept, id, r.Numbers)
	}
	return r, err
}

package activities

import (
	"context"
	"encoding/json"

	"go.temporal.io/sdk/activity"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
)

// Records keeps what is known of runs in the store.
type Records struct {
	o    Options
	runs *settingsCache
}

// RecordRun keeps the state of a run, and when it has ended its report; the staged values of an
// ended run go. It returns the numbers, counted over the run's rows. It can be repeated. A run that
// ended before it was opened in the store is not kept: there is nothing to tell but its error. A
// run that was opened and that the store does not know any more is a final error: what it has
// written is not in the ledger.
func (r *Records) RecordRun(ctx context.Context, in RecordRunInput) (RecordRunResult, error) {
	return perform(ctx, nil, in, r.observed)
}

// observed tells of a run that has ended.
func (r *Records) observed(ctx context.Context, in RecordRunInput) (RecordRunResult, error) {
	out, err := r.record(ctx, in)
	if err == nil && in.Report.Ended() {
		r.o.observer().RunEnded(in.Report.Kind, in.Report.Status)
		if in.Report.Kind != runs.KindPlan {
			r.o.observer().Decided(out.Numbers)
		}
	}
	return out, err
}

func (r *Records) record(ctx context.Context, in RecordRunInput) (RecordRunResult, error) {
	report := in.Report
	if report.StoreID == "" && !r.begun(ctx, report) {
		return RecordRunResult{Numbers: report.Numbers}, nil
	}
	var err error
	if report.Numbers, err = numbersOf(ctx, r.o.Store, report.Run, report.Kind); err != nil {
		return RecordRunResult{}, err
	}
	out := RecordRunResult{Numbers: report.Numbers}
	if report.Ended() {
		return out, r.end(ctx, report)
	}
	since := report.StartedAt
	if report.Since != nil {
		since = *report.Since
	}
	activity.GetLogger(ctx).Info("run recorded", "run", report.Run, "status", report.Status)
	return out, r.o.Store.SetRunStatus(ctx, report.Run, report.Status, report.Reason, report.By, since)
}

// begun tells whether the store knows a run that has ended before it heard so: it was canceled
// while its first step was at work.
func (r *Records) begun(ctx context.Context, report runs.Report) bool {
	if !report.Ended() {
		return false
	}
	_, err := r.o.Store.RunInfo(ctx, report.Run)
	return err == nil
}

// end closes the run. A dry run keeps its rows: its first ones are shown.
func (r *Records) end(ctx context.Context, report runs.Report) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	failure := ""
	if report.Status == runs.StatusFailed {
		failure = report.Reason
	}
	if err := r.conclude(ctx, report); err != nil {
		return err
	}
	if err := r.o.Store.EndRun(ctx, report.Run, report.Status, report.Reason, failure, text); err != nil {
		return err
	}
	if report.Kind == runs.KindPlan {
		return nil
	}
	return r.o.Store.Purge(ctx, report.Run)
}

// conclude does what the end of a run means for others: a replay settles the rows that it has
// replayed, an unmap that has cleared everything frees its column.
func (r *Records) conclude(ctx context.Context, report runs.Report) error {
	switch {
	case report.Kind == runs.KindReplay:
		s, err := r.runs.of(ctx, report.Run)
		if err != nil {
			return err
		}
		return r.o.Store.SettleReplay(ctx, s.Of, report.Run)
	case report.Kind == runs.KindUnmap && report.Status == runs.StatusCompleted && report.Failed+report.Pending == 0:
		return r.o.Store.ForgetColumn(ctx, report.Destination, report.Column)
	}
	return nil
}

// numbersOf counts the rows of a run. A dry run's numbers are those of the run that it foretells.
func numbersOf(ctx context.Context, kept *store.Store, run, kind string) (runs.Numbers, error) {
	if kind == runs.KindPlan {
		return kept.PlannedNumbers(ctx, run)
	}
	return kept.Counts(ctx, run)
}

// ReportOf makes a report of a run from what the store knows of it.
func ReportOf(ctx context.Context, kept *store.Store, run runlog.Run) (runs.Report, error) {
	counts, err := numbersOf(ctx, kept, run.Run, run.Kind)
	if err != nil {
		return runs.Report{}, err
	}
	r := runs.Report{
		Run: run.Run, WorkflowID: run.WorkflowID, Kind: run.Kind, Destination: run.Destination, Audience: run.Audience,
		MappingID: run.MappingID, Column: run.Column, StoreID: kept.ID(), Status: run.Status, Reason: run.Reason, By: run.By,
		StartedAt: run.StartedAt, Numbers: counts,
	}
	if run.Over() {
		r.EndedAt = &run.EndedAt
	}
	r.Batches, r.BatchesDone, err = kept.CountBatches(ctx, run.Run)
	return r, err
}

// StoredReport is what the store knows of a run that does not answer itself: its numbers are
// counted over its rows.
func StoredReport(ctx context.Context, kept *store.Store, id string) (runs.Report, error) {
	run, err := kept.Run(ctx, id)
	if err != nil {
		return runs.Report{}, err
	}
	r, err := ReportOf(ctx, kept, run)
	if err != nil {
		return runs.Report{}, err
	}
	if !run.Since.IsZero() {
		r.Since = &run.Since
	}
	if r.Name == "" { // of a run under way it stands in its settings alone
		if a, err := ActivationOf(ctx, kept, id); err == nil {
			r.Name = a.Name
		}
	}
	return r, nil
}

package activities

import (
	"context"
	"encoding/json"

	"go.temporal.io/sdk/activity"

	"audienceflow/store"
)

// Records keeps what is known of runs in the store.
type Records struct {
	o    Options
	runs *settingsCache
}

// RecordRun keeps the state of a run, and when it has ended its report; the staged values of an ended run go. It returns
// the numbers, counted over the run's rows. It can be repeated. A run that ended before it was opened in the store is not
// kept: there is nothing to tell but its error. A run that was opened and that the store does not know any more is a final
// error: what it has written is not in the ledger.
func (r *Records) RecordRun(ctx context.Context, in RecordRunInput) (RecordRunResult, error) {
	defer beat(ctx)()
	report := in.Report
	if report.StoreID == "" {
		return RecordRunResult{Numbers: report.Numbers}, nil
	}
	counts, err := r.o.Store.Counts(ctx, report.Run)
	if err != nil {
		return RecordRunResult{}, translate(err)
	}
	report.Numbers = numbersOf(counts)
	if report.Kind == KindPlan {
		if report.Numbers, err = wouldBe(ctx, r.o.Store, report.Run, report.Numbers); err != nil {
			return RecordRunResult{}, translate(err)
		}
	}
	out := RecordRunResult{Numbers: report.Numbers}
	if report.Ended() {
		return out, translate(r.end(ctx, report))
	}
	if out.Open, err = r.openBatches(ctx, report.Run); err != nil {
		return out, translate(err)
	}
	since := report.StartedAt
	if report.Since != nil {
		since = *report.Since
	}
	return out, translate(r.o.Store.SetRunStatus(ctx, report.Run, report.Status, report.Reason, report.By, since))
}

// end closes the run. A dry run keeps its rows: its first ones are shown.
func (r *Records) end(ctx context.Context, report Report) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	failure := ""
	if report.Status == StatusFailed {
		failure = report.Reason
	}
	if err := r.conclude(ctx, report); err != nil {
		return err
	}
	if err := r.o.Store.EndRun(ctx, report.Run, report.Status, report.Reason, failure, text); err != nil {
		return err
	}
	if report.Kind == KindPlan {
		return nil
	}
	return r.o.Store.Purge(ctx, report.Run)
}

// conclude does what the end of a run means for others: a replay settles the rows that it has replayed, an unmap that has
// cleared everything frees its column.
func (r *Records) conclude(ctx context.Context, report Report) error {
	switch {
	case report.Kind == KindReplay:
		s, err := r.runs.of(ctx, report.Run)
		if err != nil {
			return err
		}
		return r.o.Store.SettleReplay(ctx, s.Of, report.Run)
	case report.Kind == KindUnmap && report.Status == StatusCompleted && report.Failed+report.Pending == 0:
		return r.o.Store.ForgetColumn(ctx, report.Destination, report.Column)
	}
	return nil
}

// openBatches counts what batches that are begun and not done have decided so far.
func (r *Records) openBatches(ctx context.Context, run string) (map[int]UpdateContactsResult, error) {
	counts, err := r.o.Store.BegunBatches(ctx, run)
	if err != nil {
		return nil, err
	}
	open := make(map[int]UpdateContactsResult, len(counts))
	for number, c := range counts {
		open[number] = resultOf(c)
	}
	activity.GetLogger(ctx).Info("run recorded", "run", run, "openBatches", len(open))
	return open, nil
}

// wouldBe counts the rows that a dry run would send as activated: its numbers are those of the run that it foretells.
func wouldBe(ctx context.Context, kept *store.Store, run string, n Numbers) (Numbers, error) {
	planned, err := kept.Planned(ctx, run)
	if err != nil {
		return n, err
	}
	n.ByStatus = ByStatus(planned.ByStatus)
	sent := n.ByStatus.Realized + n.ByStatus.Exited
	n.Activated, n.Pending, n.Warnings = sent, n.Pending-sent, n.Warnings+planned.Warnings
	return n, nil
}

func numbersOf(c store.Counts) Numbers {
	reasons := c.Reasons
	if reasons == nil {
		reasons = map[string]int64{}
	}
	return Numbers{
		Received: c.Received, Activated: c.Activated, Unchanged: c.Unchanged, Superseded: c.Superseded, Excluded: c.Excluded,
		Failed: c.Failed, Pending: c.Pending, Ignored: c.Ignored, Warnings: c.Warnings, Reasons: reasons, ByStatus: ByStatus(c.ByStatus),
		Duplicates: c.Duplicates, WithoutConsent: c.WithoutConsent,
	}
}

// ReportOf makes a report of a run from what the store knows of it.
func ReportOf(ctx context.Context, kept *store.Store, run store.Run) (Report, error) {
	counts, err := kept.Counts(ctx, run.Run)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		Run: run.Run, WorkflowID: run.WorkflowID, Kind: run.Kind, Destination: run.Destination, Audience: run.Audience,
		MappingID: run.MappingID, Column: run.Column, StoreID: kept.ID(), Status: run.Status, Reason: run.Reason, By: run.By,
		StartedAt: run.StartedAt, Numbers: numbersOf(counts),
	}
	if run.Over() {
		r.EndedAt = &run.EndedAt
	}
	return r, nil
}

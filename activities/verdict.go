package activities

import (
	"context"
	"time"

	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store/validations"
)

// EndValidation counts the words in the column, looks for contacts that hold one without the ledger
// knowing them, and gives the verdict. It can be repeated.
func (v *Validating) EndValidation(ctx context.Context, in EndValidationInput) (runs.Validation, error) {
	return perform(ctx, v.o.reach, in, v.end)
}

func (v *Validating) end(ctx context.Context, in EndValidationInput) (runs.Validation, error) {
	validation, err := v.o.Store.Validation(ctx, in.Validation)
	if err != nil {
		return runs.Validation{}, err
	}
	counts, err := v.o.Store.ValidationCounts(ctx, in.Validation)
	if err != nil {
		return runs.Validation{}, err
	}
	judge := v.judgeAll
	if validation.Run != "" {
		judge = v.judgeRun
	}
	tally, unexpected, err := judge(asCaller(ctx, in.Validation), validation, counts)
	if err == nil {
		err = v.o.boundSince(ctx, time.Now())
	}
	if err != nil {
		return runs.Validation{}, err
	}
	out := runs.Validation{
		Validation: in.Validation, Scope: runs.ScopeAll,
		Run: validation.Run, WorkflowID: validation.WorkflowID, Destination: validation.Destination, Audience: validation.Audience,
		Column: validation.Column, StoreID: v.o.Store.ID(), Expected: counts.Expected, Matched: counts.Matched,
		Mismatched: counts.Mismatched, Missing: counts.Missing, Unexpected: int64(len(unexpected)), ByStatus: tally,
		StartedAt: validation.StartedAt, EndedAt: &in.Now,
	}
	if validation.Run != "" {
		out.Scope = runs.ScopeRun
	}
	out.Verdict = out.Judge(validation.Tolerance)
	if err := v.o.Store.EndValidation(ctx, in.Validation, out.Verdict, unexpected, in.Now); err != nil {
		return runs.Validation{}, err
	}
	v.o.observer().Validated(out.Verdict)
	return out, nil
}

// judgeAll adds to what was read back the contacts that the ledger does not know. They are looked
// for one by one only where the words' counts differ from what was read back.
func (v *Validating) judgeAll(ctx context.Context, validation validations.Validation, counts validations.SliceCounts) (runs.TallyByStatus, []validations.Mismatch, error) {
	tally := runs.TallyByStatus{
		Realized: runs.Tally{Expected: counts.RealizedExpected, Actual: counts.RealizedActual},
		Exited:   runs.Tally{Expected: counts.ExitedExpected, Actual: counts.ExitedActual},
	}
	column, err := v.statusColumn(ctx, validation)
	if err != nil {
		return tally, nil, err
	}
	held, err := v.countHeld(ctx, validation, column)
	if err != nil || held == (runs.ByStatus{Realized: counts.RealizedActual, Exited: counts.ExitedActual}) {
		return tally, nil, err
	}
	unexpected, extra, err := v.scanUnexpected(ctx, validation, column)
	tally.Realized.Actual += extra.Realized
	tally.Exited.Actual += extra.Exited
	return tally, unexpected, err
}

// judgeRun compares the counts of the whole column with the ledger's. A difference counts only if a
// second count of both shows the same, and nobody wrote the column in between; then contacts that
// the ledger does not know are looked for.
func (v *Validating) judgeRun(ctx context.Context, validation validations.Validation, _ validations.SliceCounts) (runs.TallyByStatus, []validations.Mismatch, error) {
	column, err := v.statusColumn(ctx, validation)
	if err != nil {
		return runs.TallyByStatus{}, nil, err
	}
	tally, err := v.countBoth(ctx, validation, column)
	for left := flightLooks; err == nil && tally.Gap() > 0; left-- {
		var writing bool
		if writing, err = v.o.Store.WritesInFlight(ctx, validation.Destination, validation.Column); err != nil {
			break
		}
		if !writing || left == 0 {
			before := tally
			if tally, err = v.countBoth(ctx, validation, column); err != nil || tally == before || left == 0 {
				break
			}
		}
		err = v.pause(ctx, flightLook)
	}
	if err != nil || tally.Gap() == 0 {
		return tally, nil, err
	}
	unexpected, _, err := v.scanUnexpected(ctx, validation, column)
	return tally, unexpected, err
}

// countBoth counts the words by the ledger and in Dynamics.
func (v *Validating) countBoth(ctx context.Context, validation validations.Validation, column dynamics.Column) (runs.TallyByStatus, error) {
	exported, err := v.o.Store.CountExported(ctx, validation.Destination, validation.Column)
	if err != nil {
		return runs.TallyByStatus{}, err
	}
	var expected runs.ByStatus
	for _, count := range exported {
		expected = withWord(expected, validation, count.Word, count.Contacts)
	}
	held, err := v.countHeld(ctx, validation, column)
	return runs.TallyByStatus{
		Realized: runs.Tally{Expected: expected.Realized, Actual: held.Realized},
		Exited:   runs.Tally{Expected: expected.Exited, Actual: held.Exited},
	}, err
}

// countHeld counts the words in Dynamics.
func (v *Validating) countHeld(ctx context.Context, validation validations.Validation, column dynamics.Column) (held runs.ByStatus, err error) {
	if held.Realized, err = v.o.Destination.Client.CountContacts(ctx, column, validation.RealizedWord); err != nil {
		return held, err
	}
	held.Exited, err = v.o.Destination.Client.CountContacts(ctx, column, validation.ExitedWord)
	return held, err
}

// withWord counts contacts that hold a word.
func withWord(b runs.ByStatus, validation validations.Validation, word *string, contacts int64) runs.ByStatus {
	switch {
	case word == nil:
	case *word == validation.RealizedWord:
		b.Realized += contacts
	case *word == validation.ExitedWord:
		b.Exited += contacts
	}
	return b
}

func (v *Validating) scanUnexpected(ctx context.Context, validation validations.Validation, column dynamics.Column) (found []validations.Mismatch, extra runs.ByStatus, err error) {
	filter := column.Equals(validation.RealizedWord) + " or " + column.Equals(validation.ExitedWord)
	err = v.o.Destination.Client.ScanContacts(ctx, filter, []dynamics.Column{column}, func(page []dynamics.Contact) error {
		ids := make([]string, len(page))
		for i, contact := range page {
			ids[i] = contact.ID
		}
		// In this order: what was in flight while Dynamics was read is so still, or is in the
		// ledger.
		flying, err := v.o.Store.InFlight(ctx, validation.Destination)
		if err != nil {
			return err
		}
		known, err := v.o.Store.ExportedByID(ctx, validation.Destination, validation.Column, ids)
		if err != nil {
			return err
		}
		ours := make(map[string]bool, len(known))
		for _, e := range known {
			ours[e.Contact] = true
		}
		for _, contact := range page {
			word := contact.Values[0]
			if ours[contact.ID] || flying[contact.ID] || word == nil {
				continue
			}
			extra = withWord(extra, validation, word, 1)
			found = append(found, validations.Mismatch{Contact: contact.ID, Kind: validations.MismatchUnexpected, Column: column.LogicalName, Actual: word})
		}
		return nil
	})
	return found, extra, err
}

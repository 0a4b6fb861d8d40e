package activities

import (
	"context"
	"fmt"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
)

// settleReads is how long contacts that differ are given while batches are being sent: what was written is booked by then.
const settleReads = 3 * time.Second

// Validating holds the steps that read the export back. They write nothing to Dynamics.
type Validating struct {
	o      Options
	tables *tables
}

// BeginValidation opens a validation of everything exported to the activation's column. It can be repeated. Nothing
// exported yet is a final error of type ErrNothingExported.
func (v *Validating) BeginValidation(ctx context.Context, in BeginValidationInput) (BeginValidationResult, error) {
	defer beat(ctx)()
	a := in.Activation
	table, err := v.tables.get(ctx)
	if err != nil {
		return BeginValidationResult{}, translate(err)
	}
	column, err := table.StatusColumn(v.o.Destination.Prefix, a.MappingID, a.Statuses.Realized, a.Statuses.Exited)
	if err != nil {
		return BeginValidationResult{}, translate(err)
	}
	counts, err := v.o.Store.CountExported(ctx, a.Destination, column.LogicalName)
	if err != nil {
		return BeginValidationResult{}, translate(err)
	}
	expected := sumExported(counts)
	if expected == 0 && in.Run == "" {
		return BeginValidationResult{}, final(ErrNothingExported,
			fmt.Errorf("nothing was exported to column %s of %s yet: activate the audience first", column.LogicalName, a.Destination))
	}
	err = v.o.Store.BeginValidation(ctx, store.Validation{
		Validation: in.Validation, Run: in.Run, WorkflowID: in.WorkflowID, Destination: a.Destination, Audience: a.Audience,
		Column: column.LogicalName, RealizedWord: a.Statuses.Realized, ExitedWord: a.Statuses.Exited, Tolerance: a.Tolerance, StartedAt: in.Now,
	})
	return BeginValidationResult{Expected: expected}, translate(err)
}

// ReadBackContacts compares a slice of what was exported with what Dynamics holds. It can be repeated.
func (v *Validating) ReadBackContacts(ctx context.Context, in ReadBackContactsInput) (ReadBackContactsResult, error) {
	validation, err := v.o.Store.Validation(ctx, in.Validation)
	if err != nil {
		return ReadBackContactsResult{}, translate(err)
	}
	defer beat(ctx)()
	c := &comparison{o: v.o, tables: v.tables, validation: validation}
	ctx = dynamics.WithCaller(ctx, in.Validation, -1) // writes go first
	after, end := sliceBounds(in.Slice, in.Slices)
	for {
		exported, err := v.o.Store.Exported(ctx, validation.Destination, validation.Column, after, readSize)
		if err != nil {
			return ReadBackContactsResult{}, translate(err)
		}
		for i, e := range exported {
			if end != "" && e.Contact >= end {
				exported = exported[:i]
				break
			}
		}
		if len(exported) == 0 {
			break
		}
		if err := c.compare(ctx, exported); err != nil {
			return ReadBackContactsResult{}, translate(err)
		}
		after = exported[len(exported)-1].Contact
	}
	err = v.o.Store.SaveSlice(ctx, in.Validation, in.Slice, c.counts, c.mismatches)
	return ReadBackContactsResult{Read: c.counts.Expected}, translate(err)
}

// EndValidation counts what Dynamics holds beyond the ledger, and gives the verdict. It can be repeated.
func (v *Validating) EndValidation(ctx context.Context, in EndValidationInput) (Validation, error) {
	validation, err := v.o.Store.Validation(ctx, in.Validation)
	if err != nil {
		return Validation{}, translate(err)
	}
	defer beat(ctx)()
	counts, err := v.o.Store.ValidationCounts(ctx, in.Validation)
	if err != nil {
		return Validation{}, translate(err)
	}
	unexpected, extra, err := v.unexpected(dynamics.WithCaller(ctx, in.Validation, -1), validation, counts)
	if err != nil {
		return Validation{}, translate(err)
	}
	out := Validation{
		Validation: in.Validation,
		Run:        validation.Run, WorkflowID: validation.WorkflowID, Destination: validation.Destination, Audience: validation.Audience,
		Column: validation.Column, StoreID: v.o.Store.ID(), Expected: counts.Expected, Matched: counts.Matched,
		Mismatched: counts.Mismatched, Missing: counts.Missing, Unexpected: int64(len(unexpected)),
		ByStatus: TallyByStatus{
			Realized: Tally{Expected: counts.RealizedExpected, Actual: counts.RealizedActual + extra.Realized},
			Exited:   Tally{Expected: counts.ExitedExpected, Actual: counts.ExitedActual + extra.Exited},
		},
		StartedAt: validation.StartedAt, EndedAt: &in.Now,
	}
	out.Verdict = verdict(out, validation.Tolerance)
	return out, translate(v.o.Store.EndValidation(ctx, in.Validation, out.Verdict, unexpected, in.Now))
}

// verdict is a match when no more than the tolerated share of contacts differs.
func verdict(v Validation, tolerance float64) string {
	different := v.Mismatched + v.Missing + v.Unexpected
	if different == 0 || float64(different) <= tolerance*float64(v.Expected) {
		return VerdictMatch
	}
	return VerdictMismatch
}

// unexpected finds contacts that hold one of our words without the ledger knowing them. They are looked for one by one
// only where the words' counts differ from what was read back.
func (v *Validating) unexpected(ctx context.Context, validation store.Validation, counts store.SliceCounts) ([]store.Mismatch, ByStatus, error) {
	column, err := v.statusColumn(ctx, validation)
	if err != nil {
		return nil, ByStatus{}, err
	}
	realized, err := v.o.Destination.Client.CountContacts(ctx, column, validation.RealizedWord)
	if err != nil {
		return nil, ByStatus{}, err
	}
	exited, err := v.o.Destination.Client.CountContacts(ctx, column, validation.ExitedWord)
	if err != nil {
		return nil, ByStatus{}, err
	}
	if realized == counts.RealizedActual && exited == counts.ExitedActual {
		return nil, ByStatus{}, nil
	}
	return v.scanUnexpected(ctx, validation, column)
}

func (v *Validating) scanUnexpected(ctx context.Context, validation store.Validation, column dynamics.Column) (found []store.Mismatch, extra ByStatus, err error) {
	filter := column.Equals(validation.RealizedWord) + " or " + column.Equals(validation.ExitedWord)
	err = v.o.Destination.Client.ScanContacts(ctx, filter, []dynamics.Column{column}, func(page []dynamics.Contact) error {
		ids := make([]string, len(page))
		for i, contact := range page {
			ids[i] = contact.ID
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
			if ours[contact.ID] || word == nil {
				continue
			}
			switch *word {
			case validation.RealizedWord:
				extra.Realized++
			case validation.ExitedWord:
				extra.Exited++
			}
			found = append(found, store.Mismatch{Contact: contact.ID, Kind: store.MismatchUnexpected, Column: column.LogicalName, Actual: word})
		}
		return nil
	})
	return found, extra, err
}

func (v *Validating) statusColumn(ctx context.Context, validation store.Validation) (dynamics.Column, error) {
	table, err := v.tables.get(ctx)
	if err != nil {
		return dynamics.Column{}, err
	}
	return table.Column(validation.Column)
}

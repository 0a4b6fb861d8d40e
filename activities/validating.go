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
	runs   *settingsCache
}

// BeginValidation opens a validation of what a run wrote, or of everything exported to the activation's column. It can be
// repeated. Nothing exported yet is a final error of type ErrNothingExported; after a run it is said in the result.
func (v *Validating) BeginValidation(ctx context.Context, in BeginValidationInput) (BeginValidationResult, error) {
	defer beat(ctx)()
	if err := v.o.open(ctx); err != nil {
		return BeginValidationResult{}, err
	}
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
	switch {
	case expected == 0 && in.Run == "":
		return BeginValidationResult{}, final(ErrNothingExported,
			fmt.Errorf("nothing was exported to column %s of %s yet: activate the audience first", column.LogicalName, a.Destination))
	case expected == 0:
		return BeginValidationResult{Nothing: true}, nil
	case in.Run != "":
		counts, err := v.o.Store.Counts(ctx, in.Run)
		if err != nil {
			return BeginValidationResult{}, translate(err)
		}
		expected = counts.Activated
	}
	err = v.o.Store.BeginValidation(ctx, store.Validation{
		Validation: in.Validation, Run: in.Run, WorkflowID: in.WorkflowID, Destination: a.Destination, Audience: a.Audience,
		Column: column.LogicalName, RealizedWord: a.Statuses.Realized, ExitedWord: a.Statuses.Exited, Tolerance: a.Tolerance, StartedAt: in.Now,
	})
	return BeginValidationResult{Expected: expected}, translate(err)
}

// ReadBackContacts compares a slice of what a run wrote, or of everything exported, with what Dynamics holds. It can be
// repeated.
func (v *Validating) ReadBackContacts(ctx context.Context, in ReadBackContactsInput) (ReadBackContactsResult, error) {
	validation, err := v.o.Store.Validation(ctx, in.Validation)
	if err != nil {
		return ReadBackContactsResult{}, translate(err)
	}
	defer beat(ctx)()
	c := &comparison{o: v.o, tables: v.tables, validation: validation}
	if c.mapped, err = v.mapped(ctx, validation.Run); err != nil {
		return ReadBackContactsResult{}, translate(err)
	}
	ctx = dynamics.WithCaller(ctx, in.Validation, -1) // writes go first
	after, end := sliceBounds(in.Slice, in.Slices)
	for {
		if err := v.o.open(ctx); err != nil {
			return ReadBackContactsResult{}, err
		}
		exported, err := v.page(ctx, validation, after)
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

// page lists the next contacts that are to be read back.
func (v *Validating) page(ctx context.Context, validation store.Validation, after string) ([]store.Exported, error) {
	if validation.Run != "" {
		return v.o.Store.ExportedOfRun(ctx, validation.Run, validation.Destination, validation.Column, after, readSize)
	}
	return v.o.Store.Exported(ctx, validation.Destination, validation.Column, after, readSize)
}

// mapped are the columns that a run writes besides its status column; nil without a run.
func (v *Validating) mapped(ctx context.Context, run string) (map[string]bool, error) {
	if run == "" {
		return nil, nil
	}
	s, err := v.runs.of(ctx, run)
	if err != nil {
		return nil, err
	}
	mapped := make(map[string]bool, len(s.Mapped))
	for _, column := range s.Mapped {
		mapped[column.LogicalName] = true
	}
	return mapped, nil
}

func (v *Validating) statusColumn(ctx context.Context, validation store.Validation) (dynamics.Column, error) {
	table, err := v.tables.get(ctx)
	if err != nil {
		return dynamics.Column{}, err
	}
	return table.Column(validation.Column)
}

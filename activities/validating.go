package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store/columns"
	"audienceflow/store/ledger"
	"audienceflow/store/validations"
)

// Validating holds the steps that read the export back. They write nothing to Dynamics.
type Validating struct {
	o      Options
	tables *tables
	runs   *settingsCache
	pause  func(context.Context, time.Duration) error // between two looks at what is in flight
}

// BeginValidation opens a validation of what a run wrote, or of everything exported to the
// activation's column. It can be repeated. Nothing exported yet is a final error of type
// ErrNothingExported; after a run it is said in the result.
func (v *Validating) BeginValidation(ctx context.Context, in BeginValidationInput) (BeginValidationResult, error) {
	return perform(ctx, v.o.reachNow, in, v.begin)
}

func (v *Validating) begin(ctx context.Context, in BeginValidationInput) (BeginValidationResult, error) {
	a := in.Activation
	table, err := v.tables.get(ctx)
	if err != nil {
		return BeginValidationResult{}, err
	}
	column, err := table.StatusColumn(v.o.Destination.Prefix, a.MappingID, a.Statuses.Realized, a.Statuses.Exited)
	if err != nil {
		return BeginValidationResult{}, err
	}
	switch err := v.o.ownColumn(ctx, a, column.LogicalName); {
	case errors.As(err, new(*columns.Taken)) && in.Run != "": // the run has found nothing to write
		return BeginValidationResult{Nothing: true}, nil
	case err != nil:
		return BeginValidationResult{}, err
	}
	counts, err := v.o.Store.CountExported(ctx, a.Destination, column.LogicalName)
	if err != nil {
		return BeginValidationResult{}, err
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
			return BeginValidationResult{}, err
		}
		expected = counts.Activated
	}
	err = v.o.Store.BeginValidation(ctx, validations.Validation{
		Validation: in.Validation, Run: in.Run, WorkflowID: in.WorkflowID, Destination: a.Destination, Audience: a.Audience,
		Column: column.LogicalName, RealizedWord: a.Statuses.Realized, ExitedWord: a.Statuses.Exited, Tolerance: a.Tolerance, StartedAt: in.Now,
	})
	return BeginValidationResult{Expected: expected}, err
}

// ReadBackContacts compares a slice of what a run wrote, or of everything exported, with what
// Dynamics holds. It can be repeated.
func (v *Validating) ReadBackContacts(ctx context.Context, in ReadBackContactsInput) (ReadBackContactsResult, error) {
	return perform(ctx, nil, in, v.readBack)
}

func (v *Validating) readBack(ctx context.Context, in ReadBackContactsInput) (ReadBackContactsResult, error) {
	validation, err := v.o.Store.Validation(ctx, in.Validation)
	if err != nil {
		return ReadBackContactsResult{}, err
	}
	c := &comparison{o: v.o, tables: v.tables, validation: validation, pause: v.pause, left: flightLooks}
	if c.mapped, err = v.mapped(ctx, validation.Run); err != nil {
		return ReadBackContactsResult{}, err
	}
	ctx = asCaller(ctx, in.Validation)
	next, err := v.slice(ctx, validation, in)
	if err != nil {
		return ReadBackContactsResult{}, err
	}
	for {
		if err := v.o.reach(ctx); err != nil {
			return ReadBackContactsResult{}, err
		}
		exported, err := next(ctx)
		if err == nil && len(exported) > 0 {
			err = c.compare(ctx, exported)
		}
		if err != nil {
			return ReadBackContactsResult{}, err
		}
		if len(exported) == 0 {
			break
		}
	}
	if len(c.mismatches) > 0 {
		if err := v.o.boundSince(ctx, time.Now()); err != nil {
			return ReadBackContactsResult{}, err
		}
	}
	err = v.o.Store.SaveSlice(ctx, in.Validation, in.Slice, c.counts, c.mismatches)
	return ReadBackContactsResult{Read: c.counts.Expected}, err
}

// exports gives the next contacts that are to be read back, none when all of its slice were given.
type exports func(ctx context.Context) ([]ledger.Exported, error)

func (v *Validating) slice(ctx context.Context, validation validations.Validation, in ReadBackContactsInput) (exports, error) {
	if validation.Run == "" {
		return v.sliceOfAll(validation, in), nil
	}
	after, upTo, err := v.o.pagesOf(ctx, validation.Run, in.Slice, in.Slices)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (exported []ledger.Exported, err error) {
		exported, after, err = v.o.Store.ExportedOfRun(ctx, validation.Run, validation.Destination, validation.Column, after, upTo, readSize)
		return exported, err
	}, nil
}

// sliceOfAll goes through a part of everything exported.
func (v *Validating) sliceOfAll(validation validations.Validation, in ReadBackContactsInput) exports {
	after, end := sliceBounds(in.Slice, in.Slices)
	return func(ctx context.Context) ([]ledger.Exported, error) {
		exported, err := v.o.Store.Exported(ctx, validation.Destination, validation.Column, after, readSize)
		if err != nil || len(exported) == 0 {
			return nil, err
		}
		after = exported[len(exported)-1].Contact
		if end != "" {
			n, _ := slices.BinarySearchFunc(exported, end, func(e ledger.Exported, end string) int { return strings.Compare(e.Contact, end) })
			exported = exported[:n]
		}
		return exported, nil
	}
}

// sliceBounds gives the contacts of the n-th of count equal parts of the id space: those greater
// than after and below end; an empty end means no bound.
func sliceBounds(n, count int) (after, end string) {
	bound := func(i int) string {
		return fmt.Sprintf("%08x", uint64(math.MaxUint32+1)*uint64(i)/uint64(count))
	}
	if n > 1 {
		after = bound(n - 1)
	}
	if n < count {
		end = bound(n)
	}
	return after, end
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

func (v *Validating) statusColumn(ctx context.Context, validation validations.Validation) (dynamics.Column, error) {
	table, err := v.tables.get(ctx)
	if err != nil {
		return dynamics.Column{}, err
	}
	return table.Column(validation.Column)
}

// tableFresh is how long contact's columns are taken for known: they change when somebody
// customises the table, and a run resolves its own ones anew.
const tableFresh = time.Minute

// tables remembers contact's columns for a while, so that the many slices of a validation do not
// each ask for them.
type tables struct {
	client *dynamics.Client
	mu     sync.Mutex
	table  *dynamics.Table
	read   time.Time
}

func (t *tables) get(ctx context.Context) (*dynamics.Table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.table != nil && time.Since(t.read) < tableFresh {
		return t.table, nil
	}
	table, err := t.client.Table(ctx)
	if err != nil {
		return nil, err
	}
	t.table, t.read = table, time.Now()
	return table, nil
}

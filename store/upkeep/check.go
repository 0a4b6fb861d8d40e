package upkeep

import (
	"context"
	"fmt"

	"audienceflow/store/columns"
)

// CheckStep is one thing that was checked of a store: Problem is empty where it is as it should be.
type CheckStep struct {
	Name    string `json:"name"`
	Detail  string `json:"detail,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// orphans are rows that belong to others which must be there: what it is called when they are not,
// and a query that counts them.
var orphans = []struct{ what, count string }{
	{"batches of runs that are not there",
		`SELECT count(*) FROM batches b WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run = b.run)`},
	{"contacts in flight of batches that are not there",
		`SELECT count(*) FROM in_flight f WHERE NOT EXISTS (SELECT 1 FROM batches b WHERE b.run = f.run AND b.batch = f.batch)`},
	{"rejected rows of runs that are not there",
		`SELECT count(*) FROM rejected x WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run = x.run)`},
	{"settings of runs that are not there",
		`SELECT count(*) FROM run_settings s WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run = s.run)`},
	{"slices of validations that are not there",
		`SELECT count(*) FROM validation_slices s WHERE NOT EXISTS (SELECT 1 FROM validations v WHERE v.validation = s.validation)`},
	{"mismatches of validations that are not there",
		`SELECT count(*) FROM mismatches m WHERE NOT EXISTS (SELECT 1 FROM validations v WHERE v.validation = m.validation)`},
	{"events of streams that are not there",
		`SELECT count(*) FROM inbox i WHERE NOT EXISTS (SELECT 1 FROM streams s WHERE s.destination = i.destination AND s.audience = i.audience)`},
}

// checkPage is how many contacts of a ledger are looked at together.
const checkPage = 10_000

// Schema is the version of the schema that a store has, and the one that this program wants. A newer
// one may be usable all the same.
type Schema struct {
	Has    int64 `json:"has"`
	Wants  int64 `json:"wants"`
	Usable bool  `json:"usable"`
}

// Schema tells the versions of the schema.
func (u *Upkeep) Schema(ctx context.Context) (Schema, error) {
	has, knows, usable, err := u.db.Schema(ctx)
	return Schema{Has: has, Wants: knows, Usable: usable}, err
}

// check is the step that compares them: a store of another version is not looked into any further.
func (v Schema) check() CheckStep {
	step := CheckStep{Name: "schema", Detail: fmt.Sprintf("version %d", v.Has)}
	switch {
	case v.Has < v.Wants:
		step.Problem = fmt.Sprintf("this program wants version %d, and a worker of this version migrates it when it starts; "+
			"the rest was not checked: the program that has written it can", v.Wants)
	case v.Has > v.Wants && v.Usable:
		step.Detail += fmt.Sprintf(", a newer one, which leaves programs that know version %d working", v.Wants)
	case v.Has > v.Wants:
		step.Problem = fmt.Sprintf("this program knows versions up to %d; the rest was not checked: use the newer program", v.Wants)
	}
	return step
}

// Check looks through the whole store: the file, its schema, rows that belong to others, and every
// contact of the ledgers. It changes nothing. An error is of a store that cannot be read at all.
func (u *Upkeep) Check(ctx context.Context) ([]CheckStep, error) {
	steps := []CheckStep{{Name: "integrity", Detail: u.db.Kind()}}
	if steps[0].Problem = problemOf(u.db.CheckIntegrity(ctx)); steps[0].Problem != "" {
		return steps, nil // the rest cannot be read, or not be relied on
	}
	versions, err := u.Schema(ctx)
	if err != nil {
		return steps, err
	}
	schema := versions.check()
	if schema.Problem != "" {
		return append(steps, schema), nil
	}
	references, err := u.checkReferences(ctx)
	if err != nil {
		return append(steps, schema), err
	}
	steps = append(steps, schema, references)
	ledgers, err := u.checkLedgers(ctx)
	return append(steps, ledgers...), err
}

// problemOf is what an error says, "" for none.
func problemOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (u *Upkeep) checkReferences(ctx context.Context) (CheckStep, error) {
	step := CheckStep{Name: "references", Detail: fmt.Sprintf("%d kinds of rows", len(orphans))}
	for _, o := range orphans {
		var n int64
		if _, err := u.db.QueryOne(ctx, o.count, nil, &n); err != nil {
			return step, err
		}
		if n > 0 && step.Problem != "" {
			step.Problem += "; "
		}
		if n > 0 {
			step.Problem += fmt.Sprintf("%d %s", n, o.what)
		}
	}
	return step, nil
}

// checkLedgers reads every contact and compares their number with what the ledger has counted.
func (u *Upkeep) checkLedgers(ctx context.Context) ([]CheckStep, error) {
	var steps []CheckStep
	names, err := u.destinations.Destinations(ctx)
	if err != nil {
		return nil, err
	}
	for _, destination := range names {
		columns, err := u.columns.OwnedColumns(ctx, destination)
		if err != nil {
			return steps, err
		}
		for _, column := range columns {
			steps = append(steps, u.checkLedger(ctx, destination, column))
		}
	}
	return steps, ctx.Err()
}

func (u *Upkeep) checkLedger(ctx context.Context, destination string, column columns.Owned) CheckStep {
	step := CheckStep{Name: "ledger " + destination + "/" + column.Audience}
	counts, err := u.ledger.CountExported(ctx, destination, column.Column)
	var counted, found int64
	for _, count := range counts {
		counted += count.Contacts
	}
	for after := ""; err == nil; {
		page, pageErr := u.ledger.Exported(ctx, destination, column.Column, after, checkPage)
		if err = pageErr; len(page) == 0 {
			break
		}
		found, after = found+int64(len(page)), page[len(page)-1].Contact
	}
	step.Detail = fmt.Sprintf("%d contacts in column %s", found, column.Column)
	switch {
	case err != nil:
		step.Problem = err.Error()
	case found != counted:
		step.Problem = fmt.Sprintf("%d are counted: was a run under way meanwhile? Check again", counted)
	}
	return step
}

package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store/runlog"
	"audienceflow/store/validations"
)

// Connection holds the steps that find out whether and how the destination can be written. They
// write nothing to it.
type Connection struct{ o Options }

// Authenticate signs in, asks who that was, and makes sure that it is the organization that the
// ledgers are about. It can be repeated. What a person has to mend (a wrong secret, tenant or host
// name, another organization) is final; an outage is retried.
func (c *Connection) Authenticate(ctx context.Context, in AuthenticateInput) (AuthenticateResult, error) {
	return perform(ctx, c.o.open, in, c.signIn)
}

func (c *Connection) signIn(ctx context.Context, _ AuthenticateInput) (AuthenticateResult, error) {
	client := c.o.Destination.Client
	if err := client.SignIn(ctx); err != nil {
		return AuthenticateResult{}, err
	}
	asked := time.Now()
	who, err := client.WhoAmI(ctx)
	if err != nil {
		return AuthenticateResult{}, err
	}
	if err := c.o.bind(ctx, who, asked); err != nil {
		return AuthenticateResult{}, err
	}
	return AuthenticateResult{Environment: client.Host(), OrganizationID: who.OrganizationID, UserID: who.UserID}, nil
}

// ResolveColumns finds the status column and the mapped ones, makes sure that they and the contacts
// may be written, and opens the run in the store. It can be repeated.
func (c *Connection) ResolveColumns(ctx context.Context, in ResolveColumnsInput) (ResolveColumnsResult, error) {
	return perform(ctx, c.o.reach, in, c.resolve)
}

func (c *Connection) resolve(ctx context.Context, in ResolveColumnsInput) (ResolveColumnsResult, error) {
	asked := preflightOf(in.Activation)
	if word := in.Policy.Word(); word != nil {
		asked.Words = append(asked.Words, *word)
	}
	found, err := c.o.Destination.Client.Preflight(ctx, asked)
	if err != nil {
		return ResolveColumnsResult{}, err
	}
	if err := firstProblem(found); err != nil {
		return ResolveColumnsResult{}, final(ErrColumnUnusable, err)
	}
	s := settings{
		Activation: in.Activation, Full: in.Full, Kind: in.Kind, Rows: in.Rows, Of: in.Of, Corrections: in.Corrections,
		Policy: in.Policy, Now: in.Now,
		Status: *found.StatusColumn, Mapped: found.Columns,
	}
	if in.Rows == RowsDiffering {
		if s.Mapped, err = c.withDiffering(ctx, in.Of, s); err != nil {
			return ResolveColumnsResult{}, err
		}
	}
	if err := c.open(ctx, in, s); err != nil {
		return ResolveColumnsResult{}, err
	}
	result := ResolveColumnsResult{StoreID: c.o.Store.ID(), Column: s.Status.LogicalName}
	for _, column := range s.Mapped {
		result.Mapped = append(result.Mapped, column.LogicalName)
	}
	return result, nil
}

// withDiffering adds to the mapped columns those that a validation found to differ: another
// audience, or an earlier mapping of this one, may have written them.
func (c *Connection) withDiffering(ctx context.Context, validation string, s settings) ([]dynamics.Column, error) {
	found, err := c.o.Store.Mismatches(ctx, validation, allMismatches)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, column := range s.columns() {
		known[column.LogicalName] = true
	}
	columns := s.Mapped
	var table *dynamics.Table
	for _, m := range found {
		if m.Kind != validations.MismatchDiffers || known[m.Column] {
			continue
		}
		if table == nil {
			if table, err = c.o.Destination.Client.Table(ctx); err != nil {
				return nil, err
			}
		}
		column, err := table.Column(m.Column)
		if err != nil {
			return nil, err
		}
		known[m.Column] = true
		columns = append(columns, column)
	}
	return columns, nil
}

// open records the run and keeps the settings, unless the column belongs to another audience. The
// run claims it with the first contact that it writes or finds right.
func (c *Connection) open(ctx context.Context, in ResolveColumnsInput, s settings) error {
	a := in.Activation
	if err := c.o.ownColumn(ctx, a, s.Status.LogicalName); err != nil {
		return err
	}
	if err := c.o.Store.BeginRun(ctx, runlog.Run{
		Run: in.Run, WorkflowID: in.WorkflowID, Destination: a.Destination, Audience: a.Audience, Namespace: a.Namespace,
		MappingID: a.MappingID, Column: s.Status.LogicalName, Kind: in.Kind,
	}); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return c.o.Store.SetRunSettings(ctx, in.Run, text)
}

// Check runs the preflight and returns its steps, good or bad.
func (c *Connection) Check(ctx context.Context, in CheckInput) (CheckResult, error) {
	return perform(ctx, nil, in, c.check)
}

func (c *Connection) check(ctx context.Context, in CheckInput) (CheckResult, error) {
	out := CheckResult{Destination: in.Activation.Destination, Audience: in.Activation.Audience}
	if c.o.Destination.Disabled {
		out.Steps = []CheckStep{{Name: "destination", Detail: "disabled", Fix: "set its DYNAMICS_ENABLED to true and restart its workers"}}
		return out, nil
	}
	paused, err := c.o.pause(ctx)
	if err != nil {
		return out, err
	}
	if paused != nil {
		out.Steps = []CheckStep{{Name: "destination", Detail: paused.String(), Fix: "starter resume --destination " + out.Destination}}
		return out, nil
	}
	if quiet := c.o.quiet(); quiet != nil {
		out.Steps = append(out.Steps, CheckStep{Name: "quiet hours", OK: true, Detail: "nothing is sent until " + quiet.UntilText() + " (" + quiet.Reason + ")"})
	}
	out.Steps = append(out.Steps, c.o.network())
	var found dynamics.PreflightResult
	err = patiently(ctx, checkPatience, func(ctx context.Context) (err error) {
		found, err = c.o.Destination.Client.Preflight(ctx, preflightOf(in.Activation))
		return err
	})
	for _, step := range found.Steps {
		if !step.Skipped {
			out.Steps = append(out.Steps, CheckStep{Name: step.Name, OK: step.OK, Detail: step.Detail, Fix: step.Fix})
		}
	}
	if err != nil {
		out.Steps = append(out.Steps, stepOf(err))
		return out, nil
	}
	if found.OrganizationID != "" {
		step, err := c.boundTo(ctx, dynamics.Identity{UserID: found.UserID, OrganizationID: found.OrganizationID})
		if err != nil {
			return out, err
		}
		out.Steps = append(out.Steps, step)
	}
	if found.StatusColumn != nil {
		step, err := c.ownership(ctx, in.Activation, found.StatusColumn.LogicalName)
		if err != nil {
			return out, err
		}
		out.Steps = append(out.Steps, step)
	}
	out.Steps = append(out.Steps, c.source(ctx, in.Activation, found)...)
	out.Steps = append(out.Steps, c.o.alerts(in.Activation)...)
	out.OK = found.OK()
	for _, step := range out.Steps {
		out.OK = out.OK && step.OK
	}
	return out, nil
}

// stepOf turns what stopped a preflight into a step of its own.
func stepOf(err error) CheckStep {
	step := CheckStep{Name: "connection", Detail: err.Error()}
	var remote *dynamics.Error
	if errors.As(err, &remote) {
		step.Fix = remote.Explain().Action
	}
	return step
}

func preflightOf(a Activation) dynamics.PreflightInput {
	in := dynamics.PreflightInput{MappingID: a.MappingID, Words: []string{a.Statuses.Realized, a.Statuses.Exited}}
	for _, m := range a.Mapping {
		in.Targets = append(in.Targets, m.Target)
	}
	return in
}

// firstProblem is the first step that failed, as one line.
func firstProblem(r dynamics.PreflightResult) error {
	for _, step := range r.Steps {
		if step.OK || step.Skipped {
			continue
		}
		if step.Fix == "" || strings.Contains(step.Detail, step.Fix) {
			return fmt.Errorf("%s: %s", step.Name, step.Detail)
		}
		return fmt.Errorf("%s: %s: %s", step.Name, step.Detail, step.Fix)
	}
	return nil
}

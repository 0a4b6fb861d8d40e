package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/store/validations"
	"audienceflow/workflows"
)

// shownMismatches is how many columns that differ are printed.
const shownMismatches = 100

func newValidate(a *App) *cobra.Command {
	var o ValidateOptions
	c := &cobra.Command{
		Use:   "validate -f FILE",
		Short: "Read back everything exported and compare it with the ledger",
		Long: `Reads the contacts back and compares them with what was exported, contact by contact.
Exit code 3 when they differ, 2 when the audience has exported nothing.`,
		Example: `  starter validate -f vip.yaml
  starter validate -f vip.yaml --repair
  starter validate -f vip.yaml -o json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Validate(c.Context(), o) },
	}
	fileFlag(c, &o.File)
	c.Flags().BoolVar(&o.Repair, "repair", false, "write what differs once more, as the ledger has it, and validate again")
	return c
}

// validationReport is a verdict with the contacts that differ.
type validationReport struct {
	runs.Validation
	Mismatches []mismatch `json:"mismatches"`
}

type mismatch struct {
	Contact    string     `json:"contact"`
	Kind       string     `json:"kind"`
	Column     string     `json:"column"`
	Expected   *string    `json:"expected"`
	Actual     *string    `json:"actual"`
	ModifiedBy string     `json:"modifiedBy,omitempty"`
	ModifiedOn *time.Time `json:"modifiedOn,omitempty"`
}

// ValidateOptions say what is validated: what the activations of File have exported. With Repair,
// what differs is written once more, and validated again.
type ValidateOptions struct {
	File   string
	Repair bool
}

// Validate validates each activation of a file and prints the verdicts.
func (a *App) Validate(ctx context.Context, o ValidateOptions) error {
	list, err := load(o.File)
	if err != nil {
		return err
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	var reports []validationReport
	code := ExitDone
	for _, activation := range list {
		report, err := a.validate(ctx, activation)
		if err == nil && o.Repair && report.Mismatched+report.Missing > 0 {
			report, err = a.repair(ctx, activation, report)
		}
		if err != nil {
			return err
		}
		if report.Verdict == runs.VerdictMismatch {
			code = ExitMismatch
		}
		reports = append(reports, report)
	}
	if err := a.printValidations(reports); err != nil {
		return err
	}
	return exit(code)
}

func (a *App) validate(ctx context.Context, activation audience.Activation) (validationReport, error) {
	out := validationReport{Mismatches: []mismatch{}}
	if err := a.needWorker(ctx, activation.Destination); err != nil {
		return out, err
	}
	options := activateOptions(workflows.ValidateID(activation.Destination, activation.Audience), runs.KindValidate, activation,
		clip("Validate "+orDefault(activation.Name, activation.Audience)+" in "+activation.Destination))
	run, err := a.start(ctx, options, activation, workflows.ValidateExportType, func(searchable bool) any {
		return workflows.ValidateInput{Activation: activation, SearchAttributes: searchable}
	})
	if err != nil {
		return out, err
	}
	if err := a.await(ctx, run, &out.Validation); err != nil {
		return out, err
	}
	if out.Mismatched+out.Missing+out.Unexpected == 0 {
		return out, nil
	}
	if out.Mismatches, err = a.mismatches(ctx, out.StoreID, out.Validation); err != nil {
		a.notef("the contacts that differ cannot be shown: %v", err)
	}
	return out, nil
}

// repair writes what differs once more and validates again.
func (a *App) repair(ctx context.Context, activation audience.Activation, found validationReport) (validationReport, error) {
	a.notef("%s: %s differ, %s are gone: repairing", activation.Audience, report.Count(found.Mismatched), report.Count(found.Missing))
	quiet := &App{Temporal: a.Temporal, Namespace: a.Namespace, StoreURL: a.StoreURL, Out: io.Discard, Err: a.Err, Format: a.Format, Dumb: a.Dumb}
	err := quiet.runRows(ctx, activation, workflows.ActivateInput{
		Kind: runs.KindRepair, Rows: activities.RowsDiffering, Of: found.Validation.Validation,
	})
	if code := Code(err); code != ExitDone && code != ExitMismatch {
		return found, err
	}
	return a.validate(ctx, activation)
}

// await waits for a validation's verdict, and meanwhile tells how far it is and what it waits for.
func (a *App) await(ctx context.Context, run client.WorkflowRun, out *runs.Validation) error {
	err := a.watch(ctx, run, out)
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		out.WorkflowID = run.GetID()
		return nil
	case ctx.Err() != nil:
		return leftRunning(run.GetID())
	case errors.As(err, &app) && nothingToValidate(app.Type()):
		return usage("%s", app.Message())
	case errors.As(err, &app):
		return &Exit{Code: ExitFailed, Err: errors.New(app.Message())}
	}
	return &Exit{Code: ExitFailed, Err: fmt.Errorf("%s: %w", run.GetID(), err)}
}

// nothingToValidate tells of the type of a failure that there is nothing of the audience's to
// compare.
func nothingToValidate(failure string) bool {
	switch failure {
	case activities.ErrNothingExported, activities.ErrColumnTaken, activities.ErrOtherOrganization:
		return true
	}
	return false
}

// mismatches reads the contacts that differ from the store: they do not travel through Temporal.
func (a *App) mismatches(ctx context.Context, storeID string, v runs.Validation) ([]mismatch, error) {
	s, err := a.storeOf(ctx, storeID)
	if err != nil {
		return []mismatch{}, err
	}
	defer a.closeStore(s)
	found, err := s.Mismatches(ctx, v.Validation, shownMismatches)
	out := make([]mismatch, len(found))
	for i, m := range found {
		out[i] = mismatchOf(m)
	}
	return out, err
}

func mismatchOf(m validations.Mismatch) mismatch {
	out := mismatch{Contact: m.Contact, Kind: m.Kind, Column: m.Column, Expected: m.Expected, Actual: m.Actual, ModifiedBy: m.ModifiedBy}
	if !m.ModifiedOn.IsZero() {
		out.ModifiedOn = &m.ModifiedOn
	}
	return out
}

func (a *App) printValidations(reports []validationReport) error {
	if a.Format == "json" {
		return printJSON(a, reports)
	}
	for _, r := range reports {
		a.printf("%s in %s, column %s\n", r.Audience, r.Destination, r.Column)
		a.printPainted(r.Verdict)
		a.printf("%s\n", strings.TrimPrefix(report.Verdict(r.Validation), r.Verdict))
		a.printf("%s\n", report.WholeColumn(r.Validation))
		for _, m := range r.Mismatches {
			a.printf("  %s  %-10s %s: expected %s, actual %s%s\n", m.Contact, m.Kind, m.Column, valueText(m.Expected), valueText(m.Actual), changedBy(m))
		}
	}
	return nil
}

func changedBy(m mismatch) string {
	if m.ModifiedBy == "" || m.ModifiedOn == nil {
		return ""
	}
	return fmt.Sprintf(" (changed by %s, %s)", m.ModifiedBy, m.ModifiedOn.Local().Format(report.TimeLayout))
}

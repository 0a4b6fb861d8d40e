package command

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/starter/terminal"
	"audienceflow/store"
	"audienceflow/store/staging"
)

func newRejected(a *App) *cobra.Command {
	var warnings bool
	var form csvForm
	c := &cobra.Command{
		Use:   "rejected RUN",
		Short: "List the rows of a run that were excluded or failed, with cause and action",
		Long: `Reads the activation store at STORE_URL. RUN is a run or a workflow id; of a workflow id its latest run that took rows is meant.
With --warnings it lists the values that were left out of rows which got through: how many of each column, for which
cause, and the first of them. Values themselves are kept nowhere, and neither are rows of which nothing was to be sent: those that
were unchanged or superseded are counted alone ("starter contact" tells what holds of one contact, and since when).`,
		Example: `  starter rejected activate/dynamics/vip
  starter rejected activate/dynamics/vip -o csv --bom > rejected.csv
  starter rejected activate/dynamics/vip -o csv --bom --separator ';' > for-a-german-excel.csv
  starter rejected activate/dynamics/vip --warnings`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs(rowsTaken),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.useCSV(form); err != nil {
				return err
			}
			if warnings {
				return a.Warnings(c.Context(), args[0])
			}
			return a.Rejected(c.Context(), args[0])
		},
	}
	form.addFlags(c)
	c.Flags().BoolVar(&warnings, "warnings", false, "list the values left out of rows that got through instead")
	return c
}

// rejectedRow is a row that did not get through, and what to do about it.
type rejectedRow struct {
	Contact   string `json:"contact"`
	Line      int64  `json:"line"`
	Position  int64  `json:"position"`
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	Column    string `json:"column"`
	Code      string `json:"code"`
	Text      string `json:"text"`
	RequestID string `json:"requestId"`
	Cause     string `json:"cause"`
	Owner     string `json:"owner"`
	Action    string `json:"action"`
	State     string `json:"state"`
}

// Rejected prints the rows of a run that were excluded or failed.
func (a *App) Rejected(ctx context.Context, id string) error {
	s, run, err := a.openRun(ctx, id)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	rows := []rejectedRow{}
	query := staging.RejectedQuery{}
	for {
		page, err := s.Rejected(ctx, run.Run, query)
		if err != nil {
			return &Exit{Code: ExitFailed, Err: err}
		}
		if len(page) == 0 {
			if len(rows) == 0 && run.Status == runs.StatusFailed {
				a.notef("run %s failed before anything was written: %s", run.Run, run.Reason)
			}
			if run.Kind == runs.KindReplay {
				a.noteReplayed(ctx, s, run.Run)
			}
			return a.printRejected(run.Run, rows)
		}
		for _, r := range page {
			row := rejectedOf(r)
			if run.Kind == runs.KindPlan {
				row.State = "" // a dry run keeps nothing to be sent
			}
			rows = append(rows, row)
		}
		query.AfterPosition, query.AfterContact = page[len(page)-1].Position, page[len(page)-1].Contact
	}
}

// noteReplayed tells of the run whose rows a replay has sent again: it may have rejected more.
func (a *App) noteReplayed(ctx context.Context, s *store.Store, run string) {
	if of, err := activities.ReplayedRun(ctx, s, run); err == nil && of != "" {
		a.notef("run %s is a replay; what else the run has rejected that it is of: starter rejected %s", run, of)
	}
}

func rejectedOf(r staging.Rejected) rejectedRow {
	why := explainRow(r)
	if r.Outcome == runs.OutcomeExcluded {
		r.State = "" // nothing of it is kept to be sent again
	}
	return rejectedRow{
		Contact: r.Contact, Line: r.Line, Position: cmp.Or(r.Record, r.Position), Outcome: r.Outcome, Reason: r.Reason, Column: r.Column, Code: r.Code,
		Text: r.Text, RequestID: r.RequestID, Cause: why.Cause, Owner: why.Owner, Action: why.Action, State: r.State,
	}
}

const dataOwner = "owner of the source"

// sourceReasons explain the rows that never reached Dynamics.
var sourceReasons = map[string]dynamics.Explanation{
	runs.ReasonMissingContactID: {Cause: "the record names no contact", Owner: dataOwner,
		Action: "let every record of the source hold its contact's GUID where source.contactId names it"},
	runs.ReasonInvalidContactID: {Cause: "the contact id is no GUID", Owner: dataOwner,
		Action: "send the contactid of Dynamics, hex 8-4-4-4-12"},
	runs.ReasonUnknownStatus: {Cause: "the audience status is none of realized, existing, active, exited, exiting, expired", Owner: dataOwner,
		Action: "correct the status in the source"},
	runs.ReasonUnreadable: {Cause: "the record cannot be read", Owner: dataOwner,
		Action: "mend this record of the source, or export it anew"},
	runs.ReasonChangedSince: {Cause: "somebody has changed the column since it was written", Owner: "owner of the data in Dynamics 365",
		Action: "clear it by hand if it should be empty"},
	runs.ReasonInvalidValue: {Cause: "a value does not fit its column", Owner: dataOwner,
		Action: "shorten or correct the value, or set onBadValue: skip"},
}

func explainRow(r staging.Rejected) dynamics.Explanation {
	if known, ok := sourceReasons[r.Reason]; ok && r.Code == "" {
		if r.Text != "" {
			known.Cause += ": " + r.Text
		}
		return known
	}
	return dynamics.ExplainRejected(r.Reason, r.Code, r.Text)
}

func (a *App) printRejected(run string, rows []rejectedRow) error {
	switch a.Format {
	case "json":
		return a.json(rows)
	case "csv":
		table := [][]string{{"contact", "line", "outcome", "reason", "column", "code", "cause", "owner", "action", "text", "state"}}
		for _, r := range rows {
			table = append(table, []string{r.Contact, strconv.FormatInt(r.Line, 10), r.Outcome, r.Reason, r.Column, r.Code, r.Cause, r.Owner, r.Action, r.Text, r.State})
		}
		return a.csv(table)
	}
	if len(rows) == 0 {
		a.printf("no row of run %s was rejected\n", run)
		return nil
	}
	slices.SortStableFunc(rows, func(a, b rejectedRow) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Cause, b.Cause))
	})
	var before rejectedRow
	for i, r := range rows {
		if i == 0 || r.why() != before.why() {
			a.separate(i)
			a.printWhy(r)
		}
		a.printf("  %-20s  %-36s  %s\n", audience.Place(r.Line, r.Position), orDefault(r.Contact, "-"), r.State)
		before = r
	}
	a.printAgain(run, rows)
	return nil
}

// printAgain says how failed rows that are kept are sent again.
func (a *App) printAgain(run string, rows []rejectedRow) {
	if !slices.ContainsFunc(rows, func(r rejectedRow) bool { return r.State == staging.RejectedKept }) {
		return
	}
	a.printf("\nSend those that are kept again, as they are: starter replay %s\n", run)
	a.printf("With values put right: starter replay %s -f corrected.csv\n", run)
	a.printf("The file is the output of \"starter rejected %s -o csv\" with a column \"value\" added, or any CSV with a column \"line\" or \"contact\" "+
		"and one for each target of the mapping that changes (docs/operations.md). Let them go: starter dismiss %s\n", run, run)
}

// why is a row without what is its own: rows that share it are printed below one another.
func (r rejectedRow) why() rejectedRow {
	return rejectedRow{Outcome: r.Outcome, Reason: r.Reason, Column: r.Column, Cause: r.Cause, Owner: r.Owner, Action: r.Action}
}

// printWhy prints what rejected rows have in common.
func (a *App) printWhy(r rejectedRow) {
	title := r.Outcome + ": " + r.Reason
	if r.Column != "" {
		title += ", column " + r.Column
	}
	a.printf("%s\n", title)
	for _, line := range []struct{ name, text string }{{"cause", r.Cause}, {"whose job", r.Owner}, {"what to do", r.Action}} {
		name := line.name
		for _, text := range terminal.Wrap(line.text, whyIndent) {
			a.printf("  %-10s  %s\n", name, text)
			name = ""
		}
	}
}

// whyIndent is where the texts begin that explain rejected rows.
const whyIndent = 14

// separate writes an empty line before each block but the first.
func (a *App) separate(i int) {
	if i > 0 {
		a.println("")
	}
}

// warningList are the values that a run has left out.
type warningList struct {
	Run    string         `json:"run"`
	Total  int64          `json:"total"`
	Counts []warningCount `json:"counts"`
	First  []warning      `json:"first"`
}

type warningCount struct {
	Column string `json:"column"`
	Cause  string `json:"cause"`
	Total  int64  `json:"total"`
}

// warning is one value left out. Length is in the units in which Dynamics counts; 0: it was no
// text.
type warning struct {
	Line    int64  `json:"line"`
	Contact string `json:"contact"`
	Column  string `json:"column"`
	Cause   string `json:"cause"`
	Length  int    `json:"length"`
}

// Warnings prints the values that a run has left out of rows which got through.
func (a *App) Warnings(ctx context.Context, id string) error {
	s, run, err := a.openRun(ctx, id)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	found, err := s.Warnings(ctx, run.Run)
	if err != nil {
		return &Exit{Code: ExitFailed, Err: err}
	}
	return a.printWarnings(warningsOf(run.Run, found))
}

func warningsOf(run string, found staging.Warnings) warningList {
	list := warningList{Run: run, Counts: []warningCount{}, First: []warning{}}
	for _, c := range found.Counts {
		list.Counts = append(list.Counts, warningCount(c))
		list.Total += c.Total
	}
	for _, w := range found.First {
		list.First = append(list.First, warning{Line: w.Line, Contact: w.Contact, Column: w.Column, Cause: w.Cause, Length: w.Length})
	}
	return list
}

func (a *App) printWarnings(list warningList) error {
	switch a.Format {
	case "json":
		return a.json(list)
	case "csv":
		table := [][]string{{"line", "contact", "column", "cause", "length"}}
		for _, r := range list.First {
			table = append(table, []string{strconv.FormatInt(r.Line, 10), r.Contact, r.Column, r.Cause, strconv.Itoa(r.Length)})
		}
		return a.csv(table)
	}
	if list.Total == 0 {
		a.printf("no value was left out\n")
		return nil
	}
	t := a.table("VALUES", "COLUMN", "CAUSE")
	for _, c := range list.Counts {
		t.Row(report.Count(c.Total), c.Column, c.Cause)
	}
	t.Next("LINE", "CONTACT", "COLUMN", "LENGTH", "CAUSE")
	for _, r := range list.First {
		t.Row(r.Line, r.Contact, r.Column, r.Length, r.Cause)
	}
	if err := t.End(); err != nil {
		return err
	}
	if n := int64(len(list.First)); n < list.Total {
		a.printf("\nThese are the first %s of %s.\n", report.Count(n), report.Count(list.Total))
	}
	return nil
}

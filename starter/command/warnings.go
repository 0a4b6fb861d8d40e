package command

import (
	"context"
	"strconv"

	"audienceflow/report"
	"audienceflow/store/staging"
)

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

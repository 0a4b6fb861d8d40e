package staging

import (
	"container/heap"
	"context"
	"database/sql"
	"slices"
	"strings"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// keptWarnings is how many values left out are listed of a run, the first in its source; all are
// counted.
const keptWarnings = 1000

// Warning is a value that was left out of a row which was activated or unchanged.
type Warning struct {
	LeftOut
	Position int64
	Line     int64
	Contact  string
}

// WarningCount is how many values of a column were left out for one cause.
type WarningCount struct {
	Column string
	Cause  string
	Total  int64
}

// Warnings are the values that a run left out: all of them counted, by column and cause, and the
// first ones of the source.
type Warnings struct {
	Counts []WarningCount
	First  []Warning
}

const (
	selectWarnings = `SELECT position, line, contact, column_name, cause, length FROM warnings WHERE run = ? ORDER BY position, column_name`

	selectWarningCounts = `SELECT column_name, cause, total FROM warning_counts WHERE run = ? ORDER BY column_name, cause`

	foldWarnings = `INSERT INTO warnings (run, position, column_name, contact, line, cause, length)
	SELECT CAST(? AS TEXT), position, column_name, contact, line, cause, length FROM warnings WHERE run = ?
	AND (SELECT count(*) FROM warnings WHERE run = ?) < ? ON CONFLICT DO NOTHING`

	foldWarningCounts = `INSERT INTO warning_counts (run, column_name, cause, total)
	SELECT CAST(? AS TEXT), column_name, cause, total FROM warning_counts WHERE run = ?
	ON CONFLICT (run, column_name, cause) DO UPDATE SET total = warning_counts.total + excluded.total`
)

var warnedPages = pagesWhere(`o.page > ? AND o.warnings + o.pending_warnings > 0 ORDER BY o.page LIMIT 1`)

var (
	putWarnings      = sqldb.NewBulkInsert(`INSERT INTO warnings (run, position, column_name, contact, line, cause, length)`, 7, `ON CONFLICT DO NOTHING`)
	putWarningCounts = sqldb.NewBulkInsert(`INSERT INTO warning_counts (run, column_name, cause, total)`, 4, `ON CONFLICT DO NOTHING`)
)

// Warnings lists what a run has left out so far or, once its rows are purged, what it had left out
// then.
func (s *Staging) Warnings(ctx context.Context, run string) (Warnings, error) {
	var purged int64
	found, err := s.db.QueryOne(ctx, `SELECT purged FROM runs WHERE run = ?`, []any{run}, &purged)
	switch {
	case err != nil:
		return Warnings{}, err
	case !found:
		return Warnings{}, runlog.ErrNoRun
	case purged != 0:
		return s.keptWarnings(ctx, run)
	}
	return s.StagedWarnings(ctx, run)
}

func (s *Staging) keptWarnings(ctx context.Context, run string) (w Warnings, err error) {
	err = s.db.QueryEach(ctx, selectWarningCounts, []any{run}, func(rows *sql.Rows) error {
		var c WarningCount
		err := rows.Scan(&c.Column, &c.Cause, &c.Total)
		w.Counts = append(w.Counts, c)
		return err
	})
	if err != nil {
		return w, err
	}
	return w, s.db.QueryEach(ctx, selectWarnings, []any{run}, func(rows *sql.Rows) error {
		var one Warning
		err := rows.Scan(&one.Position, &one.Line, &one.Contact, &one.Column, &one.Cause, &one.Length)
		w.First = append(w.First, one)
		return err
	})
}

// StagedWarnings goes over the run's rows once. Those that count are the rows of Counts.Warnings;
// of a dry run also those that would be sent.
func (s *Staging) StagedWarnings(ctx context.Context, run string) (w Warnings, err error) {
	info, err := s.runs.RunInfo(ctx, run)
	if err != nil {
		return w, err
	}
	totals := map[LeftOut]int64{} // by column and cause
	var first latestFirst
	for after := 0; ; {
		pages, err := readPages(ctx, s.db.Reader(), run, warnedPages, run, after)
		if err != nil {
			return w, sqldb.Explain(err)
		}
		if len(pages) == 0 {
			break
		}
		after = pages[0].Number
		for _, row := range pages[0].Rows {
			if !row.Is(runs.OutcomeActivated) && !row.Is(runs.OutcomeUnchanged) && (!info.Dry() || !row.Is(runs.OutcomePending)) {
				continue
			}
			for _, leftOut := range row.LeftOut {
				totals[LeftOut{Column: leftOut.Column, Cause: leftOut.Cause}]++
				first.keep(Warning{LeftOut: leftOut, Position: row.Position, Line: row.Line, Contact: row.Contact})
			}
		}
	}
	for what, total := range totals {
		w.Counts = append(w.Counts, WarningCount{what.Column, what.Cause, total})
	}
	slices.SortFunc(w.Counts, func(a, b WarningCount) int { return compareTexts(a.Column, b.Column, a.Cause, b.Cause) })
	w.First = first
	slices.SortFunc(w.First, Warning.compare)
	return w, nil
}

// KeepWarnings saves what a run has left out.
func KeepWarnings(ctx context.Context, t *sqldb.Tx, run string, w Warnings) error {
	counts := make([]any, 0, len(w.Counts)*putWarningCounts.Width)
	for _, c := range w.Counts {
		counts = append(counts, run, c.Column, c.Cause, c.Total)
	}
	rows := make([]any, 0, len(w.First)*putWarnings.Width)
	for _, one := range w.First {
		rows = append(rows, run, one.Position, one.Column, one.Contact, one.Line, one.Cause, one.Length)
	}
	if err := t.Insert(ctx, putWarningCounts, counts); err != nil {
		return err
	}
	return t.Insert(ctx, putWarnings, rows)
}

// moveWarnings makes what a micro-batch has left out the window's.
func moveWarnings(ctx context.Context, t *sqldb.Tx, run, window string) error {
	if _, err := t.Exec(ctx, foldWarnings, window, run, window, keptWarnings); err != nil {
		return err
	}
	_, err := t.Exec(ctx, foldWarningCounts, window, run)
	return err
}

// latestFirst is a heap of the warnings kept: the one to give way is on top.
type latestFirst []Warning

func (w Warning) compare(other Warning) int {
	if w.Position != other.Position {
		return int(w.Position - other.Position)
	}
	return compareTexts(w.Contact, other.Contact, w.Column, other.Column)
}

func (h latestFirst) Len() int           { return len(h) }
func (h latestFirst) Less(i, j int) bool { return h[i].compare(h[j]) > 0 }
func (h latestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *latestFirst) Push(x any)        { *h = append(*h, x.(Warning)) }
func (h *latestFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (h *latestFirst) keep(w Warning) {
	switch {
	case len(*h) < keptWarnings:
		heap.Push(h, w)
	case w.compare((*h)[0]) < 0:
		(*h)[0] = w
		heap.Fix(h, 0)
	}
}

// compareTexts compares pairs of texts, the first that differ decide.
func compareTexts(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		if order := strings.Compare(pairs[i], pairs[i+1]); order != 0 {
			return order
		}
	}
	return 0
}

package runlog

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// Info is what never changes of a run and is needed at every step.
type Info struct {
	Destination string
	Kind        string
}

// Dry reports whether the run must leave the ledgers alone.
func (i Info) Dry() bool { return i.Kind == runs.KindPlan }

// runCache spares a look-up per step. Bounded: a worker sees few runs at a time.
type runCache struct {
	mu    sync.Mutex
	known map[string]Info
}

// runCacheSize is far above the runs under way at once.
const runCacheSize = 1024

// RunInfo gives what never changes of a run, or ErrNoRun.
func (l *Log) RunInfo(ctx context.Context, run string) (Info, error) {
	l.cache.mu.Lock()
	info, ok := l.cache.known[run]
	l.cache.mu.Unlock()
	if ok {
		return info, nil
	}
	found, err := l.db.QueryOne(ctx, `SELECT destination, kind FROM runs WHERE run = ?`, []any{run}, &info.Destination, &info.Kind)
	if err != nil {
		return Info{}, err
	}
	if !found {
		return Info{}, ErrNoRun
	}
	l.cache.mu.Lock()
	defer l.cache.mu.Unlock()
	if l.cache.known == nil || len(l.cache.known) >= runCacheSize {
		l.cache.known = map[string]Info{}
	}
	l.cache.known[run] = info
	return info, nil
}

const underWay = `SELECT ended_at, status, CASE WHEN reason = '' THEN error ELSE reason END FROM runs WHERE run = ?`

// RunUnderWay gives *RunOver for a run that has ended: there may be nothing left of it to work on.
func (l *Log) RunUnderWay(ctx context.Context, run string) error {
	return checkUnderWay(ctx, l.db, underWay, run)
}

// UnderWay does so in a transaction, and keeps the run from ending before that is over.
func UnderWay(ctx context.Context, t *sqldb.Tx, run string) error {
	return checkUnderWay(ctx, t, t.ForUpdate(underWay), run)
}

type queryOne interface {
	QueryOne(ctx context.Context, query string, args []any, into ...any) (found bool, err error)
}

func checkUnderWay(ctx context.Context, q queryOne, query, run string) error {
	var ended sql.NullInt64
	over := RunOver{Run: run}
	if _, err := q.QueryOne(ctx, query, []any{run}, &ended, &over.Status, &over.Reason); err != nil || !ended.Valid {
		return err
	}
	return &over
}

// BeginRun records a run; a run that exists already is left as it is (but for an empty column,
// which is filled in). Idempotent.
func (l *Log) BeginRun(ctx context.Context, r Run) error {
	if r.Run == "" || r.Destination == "" {
		return errors.New("a run needs an id and a destination")
	}
	now, err := l.db.Now(ctx)
	if err != nil {
		return err
	}
	if r.StartedAt.IsZero() {
		r.StartedAt = now
	}
	if r.Status == "" {
		r.Status = runs.StatusRunning
	}
	if r.Kind == "" {
		r.Kind = runs.KindActivate
	}
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO runs (run, workflow_id, destination, audience, namespace, mapping_id, column_name, kind, status, reason, by_whom, since, started_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (run) DO UPDATE SET column_name = excluded.column_name WHERE runs.column_name = ''`,
			r.Run, r.WorkflowID, r.Destination, r.Audience, r.Namespace, r.MappingID, r.Column, r.Kind, r.Status, r.Reason, r.By,
			sqldb.NullMicros(r.Since), sqldb.Micros(r.StartedAt))
		return err
	})
}

const runColumns = `run, workflow_id, destination, audience, namespace, mapping_id, column_name, kind, status, reason, by_whom, since,
	as_of, coalesce(source_identity, ''), staged_position, staging_done, ignored, started_at, ended_at, report, error`

func scanRun(rows *sql.Rows) (Run, error) {
	var r Run
	var since, asOf, ended sql.NullInt64
	var started int64
	var done int64
	var report sql.NullString
	err := rows.Scan(&r.Run, &r.WorkflowID, &r.Destination, &r.Audience, &r.Namespace, &r.MappingID, &r.Column, &r.Kind, &r.Status,
		&r.Reason, &r.By, &since, &asOf, &r.SourceIdentity, &r.StagedPosition, &done, &r.Ignored, &started, &ended, &report, &r.Error)
	r.Since, r.AsOf, r.EndedAt = sqldb.FromNullMicros(since), sqldb.FromNullMicros(asOf), sqldb.FromNullMicros(ended)
	r.StartedAt, r.StagingDone = sqldb.FromMicros(started), done != 0
	if report.Valid {
		r.Report = []byte(report.String)
	}
	return r, err
}

// Run gives one run, or ErrNoRun.
func (l *Log) Run(ctx context.Context, run string) (Run, error) {
	found := false
	var r Run
	err := l.db.QueryEach(ctx, `SELECT `+runColumns+` FROM runs WHERE run = ?`, []any{run}, func(rows *sql.Rows) (err error) {
		found = true
		r, err = scanRun(rows)
		return err
	})
	if err == nil && !found {
		err = ErrNoRun
	}
	return r, err
}

// Runs lists runs, newest first.
func (l *Log) Runs(ctx context.Context, f Filter) ([]Run, error) {
	where, args := []string{"kind <> '" + runs.KindMicroBatch + "'"}, []any{}
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	for column, value := range map[string]string{
		"destination": f.Destination, "audience": f.Audience, "namespace": f.Namespace, "workflow_id": f.WorkflowID, "kind": f.Kind,
	} {
		if value != "" {
			add(column+" = ?", value)
		}
	}
	if len(f.Statuses) > 0 {
		values := make([]any, len(f.Statuses))
		for i, status := range f.Statuses {
			values[i] = status
		}
		add("status IN ("+strings.TrimSuffix(strings.Repeat("?,", len(values)), ",")+")", values...)
	}
	if f.Open {
		add("ended_at IS NULL")
	}
	if !f.Before.IsZero() {
		add("started_at < ?", sqldb.Micros(f.Before))
	}
	limit := f.Limit
	if limit <= 0 {
		limit = DefaultRuns
	}
	var list []Run
	query := `SELECT ` + runColumns + ` FROM runs WHERE ` + strings.Join(where, " AND ") + ` ORDER BY started_at DESC, run DESC LIMIT ?`
	err := l.db.QueryEach(ctx, query, append(args, limit), func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		list = append(list, r)
		return err
	})
	return list, err
}

// SetRunStatus says what a run is doing, why, by whom and since when (zero: now). An ended run is
// left as it is. Idempotent.
func (l *Log) SetRunStatus(ctx context.Context, run, status, reason, by string, since time.Time) error {
	if since.IsZero() {
		now, err := l.db.Now(ctx)
		if err != nil {
			return err
		}
		since = now
	}
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ?, reason = ?, by_whom = ?, since = ? WHERE run = ? AND ended_at IS NULL`,
			status, reason, by, sqldb.NullMicros(since), run)
		return err
	})
}

func nullText(b []byte) sql.NullString {
	return sql.NullString{String: string(b), Valid: b != nil}
}

// LatestRuns gives of each audience of a destination the run that was begun last, dry runs and
// validations aside.
func (l *Log) LatestRuns(ctx context.Context, destination string) ([]Run, error) {
	var list []Run
	err := l.db.QueryEach(ctx, `SELECT `+runColumns+` FROM runs r WHERE destination = ? AND kind IN (?, ?, ?, ?) AND NOT EXISTS (
		SELECT 1 FROM runs l WHERE l.destination = r.destination AND l.audience = r.audience AND l.kind IN (?, ?, ?, ?)
		AND (l.started_at > r.started_at OR l.started_at = r.started_at AND l.run > r.run)) ORDER BY audience`,
		[]any{destination, runs.KindActivate, runs.KindStream, runs.KindReplay, runs.KindUnmap, runs.KindActivate, runs.KindStream, runs.KindReplay, runs.KindUnmap},
		func(rows *sql.Rows) error {
			r, err := scanRun(rows)
			list = append(list, r)
			return err
		})
	return list, err
}

// OpenWorkflows names the workflows whose runs to a destination have not ended.
func (l *Log) OpenWorkflows(ctx context.Context, destination string) ([]string, error) {
	var ids []string
	err := l.db.QueryEach(ctx, `SELECT DISTINCT workflow_id FROM runs WHERE destination = ? AND ended_at IS NULL AND workflow_id <> '' ORDER BY workflow_id`,
		[]any{destination}, sqldb.Column(&ids))
	return ids, err
}

// FiniteWorkflows names those of OpenWorkflows that come to an end by themselves: streams go on.
func (l *Log) FiniteWorkflows(ctx context.Context, destination string) ([]string, error) {
	var ids []string
	err := l.db.QueryEach(ctx, `SELECT DISTINCT workflow_id FROM runs WHERE destination = ? AND ended_at IS NULL AND workflow_id <> ''
		AND kind NOT IN (?, ?) ORDER BY workflow_id`,
		[]any{destination, runs.KindStream, runs.KindMicroBatch}, sqldb.Column(&ids))
	return ids, err
}

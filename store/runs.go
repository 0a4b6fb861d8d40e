package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// runInfo is what never changes of a run and is needed at every step.
type runInfo struct {
	destination string
	kind        string
}

// dry reports whether the run must leave the ledgers alone.
func (i runInfo) dry() bool { return i.kind == runs.KindPlan }

// runCache spares a look-up per step. Bounded: a worker sees few runs at a time.
type runCache struct {
	mu    sync.Mutex
	known map[string]runInfo
}

// runCacheSize is far above the runs under way at once.
const runCacheSize = 1024

func (s *Store) info(ctx context.Context, run string) (runInfo, error) {
	s.kinds.mu.Lock()
	info, ok := s.kinds.known[run]
	s.kinds.mu.Unlock()
	if ok {
		return info, nil
	}
	found, err := s.db.QueryOne(ctx, `SELECT destination, kind FROM runs WHERE run = ?`, []any{run}, &info.destination, &info.kind)
	if err != nil {
		return runInfo{}, err
	}
	if !found {
		return runInfo{}, ErrNoRun
	}
	s.kinds.mu.Lock()
	defer s.kinds.mu.Unlock()
	if s.kinds.known == nil || len(s.kinds.known) >= runCacheSize {
		s.kinds.known = map[string]runInfo{}
	}
	s.kinds.known[run] = info
	return info, nil
}

// underWay gives *RunOver for a run that has ended: there may be nothing left of it to work on.
func (s *Store) underWay(ctx context.Context, run string) error {
	var ended sql.NullInt64
	var over RunOver
	_, err := s.db.QueryOne(ctx, `SELECT ended_at, status, CASE WHEN reason = '' THEN error ELSE reason END FROM runs WHERE run = ?`,
		[]any{run}, &ended, &over.Status, &over.Reason)
	if err != nil || !ended.Valid {
		return err
	}
	over.Run = run
	return &over
}

// BeginRun records a run; a run that exists already is left as it is (but for an empty column, which is filled in). Idempotent.
func (s *Store) BeginRun(ctx context.Context, r Run) error {
	if r.Run == "" || r.Destination == "" {
		return errors.New("a run needs an id and a destination")
	}
	now, err := s.db.Now(ctx)
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
	return s.update(ctx, func(t *tx) error {
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
func (s *Store) Run(ctx context.Context, run string) (Run, error) {
	found := false
	var r Run
	err := s.db.QueryEach(ctx, `SELECT `+runColumns+` FROM runs WHERE run = ?`, []any{run}, func(rows *sql.Rows) (err error) {
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
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
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
	err := s.db.QueryEach(ctx, query, append(args, limit), func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		list = append(list, r)
		return err
	})
	return list, err
}

// SetRunStatus says what a run is doing, why, by whom and since when (zero: now). An ended run is left as it is. Idempotent.
func (s *Store) SetRunStatus(ctx context.Context, run, status, reason, by string, since time.Time) error {
	if since.IsZero() {
		now, err := s.db.Now(ctx)
		if err != nil {
			return err
		}
		since = now
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ?, reason = ?, by_whom = ?, since = ? WHERE run = ? AND ended_at IS NULL`,
			status, reason, by, sqldb.NullMicros(since), run)
		return err
	})
}

// EndRun ends a run: status, reason, error text, report and the counts of its rows are kept for as long as the run's history.
// Idempotent: the first end stays. Contacts and values belong neither in the reason nor in the error text or the report.
func (s *Store) EndRun(ctx context.Context, run, status, reason, errText string, report []byte) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Over() {
		return err
	}
	counts, err := s.Counts(ctx, run)
	if err != nil {
		return err
	}
	kept, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ?, reason = ?, error = ?, report = ?, counts = ?, ended_at = ?, since = ?
			WHERE run = ? AND ended_at IS NULL`,
			status, reason, errText, nullText(report), string(kept), sqldb.Micros(now), sqldb.Micros(now), run)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, dropVoidClaim, r.Destination, r.Column, r.Audience, r.Namespace)
		return err
	})
}

func nullText(b []byte) sql.NullString {
	return sql.NullString{String: string(b), Valid: b != nil}
}

// keepPolicy keeps the first policy that a run plans by, for previews and for recovery by somebody else.
func (t *tx) keepPolicy(ctx context.Context, run string, p Policy) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE runs SET policy = ? WHERE run = ? AND policy IS NULL`, string(text), run)
	return err
}

// policy gives the policy that a run has been planned by; the zero Policy before that.
func (s *Store) policy(ctx context.Context, run string) (Policy, error) {
	var text sql.NullString
	found, err := s.db.QueryOne(ctx, `SELECT policy FROM runs WHERE run = ?`, []any{run}, &text)
	if err != nil {
		return Policy{}, err
	}
	if !found {
		return Policy{}, ErrNoRun
	}
	var p Policy
	if text.Valid {
		err = sqldb.AsDamaged("the policy of a run", json.Unmarshal([]byte(text.String), &p))
	}
	return p, err
}

// LatestRuns gives of each audience of a destination the run that was begun last, dry runs and validations aside.
func (s *Store) LatestRuns(ctx context.Context, destination string) ([]Run, error) {
	var list []Run
	err := s.db.QueryEach(ctx, `SELECT `+runColumns+` FROM runs r WHERE destination = ? AND kind IN (?, ?, ?, ?) AND NOT EXISTS (
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
func (s *Store) OpenWorkflows(ctx context.Context, destination string) ([]string, error) {
	var ids []string
	err := s.db.QueryEach(ctx, `SELECT DISTINCT workflow_id FROM runs WHERE destination = ? AND ended_at IS NULL AND workflow_id <> '' ORDER BY workflow_id`,
		[]any{destination}, sqldb.Column(&ids))
	return ids, err
}

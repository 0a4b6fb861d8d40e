package validations

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"audienceflow/store/sqldb"
)

// Kinds of mismatches.
const (
	MismatchDiffers    = "differs"    // the contact holds another value than the ledger says
	MismatchMissing    = "missing"    // Dynamics does not have the contact any more
	MismatchUnexpected = "unexpected" // the contact holds one of our words and the ledger does not know it
)

// Validations reads and writes the validations of a store.
type Validations struct{ db *sqldb.DB }

// New gives the validations of a store's database.
func New(db *sqldb.DB) *Validations { return &Validations{db: db} }

// endSlice is the slice of what EndValidation itself finds.
const endSlice = 0

// ErrNoValidation is the error of a validation that the store does not know.
var ErrNoValidation = errors.New("the store does not know this validation: is STORE_URL the same for the starter and the worker, or has it passed its retention?")

// Validation is one reading back of what was exported to a column.
type Validation struct {
	Validation   string
	Run          string // that asked for it; empty when a person or a schedule did
	WorkflowID   string
	Destination  string
	Audience     string
	Column       string
	RealizedWord string
	ExitedWord   string
	Tolerance    float64
	Verdict      string // empty until it has ended
	StartedAt    time.Time
	EndedAt      time.Time
}

// SliceCounts are the contacts of a slice of a validation, or of all: Expected = Matched +
// Mismatched + Missing.
type SliceCounts struct {
	Expected, Matched, Mismatched, Missing int64
	RealizedExpected, RealizedActual       int64
	ExitedExpected, ExitedActual           int64
}

// Mismatch is one column of one contact that is not as the ledger says; nil is null.
type Mismatch struct {
	Contact    string
	Kind       string
	Column     string
	Expected   *string
	Actual     *string
	ModifiedBy string // a user's GUID
	ModifiedOn time.Time
}

// BeginValidation opens a validation. Idempotent.
func (s *Validations) BeginValidation(ctx context.Context, v Validation) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO validations (validation, run, workflow_id, destination, audience, column_name, realized_word,
			exited_word, tolerance, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (validation) DO NOTHING`,
			v.Validation, v.Run, v.WorkflowID, v.Destination, v.Audience, v.Column, v.RealizedWord, v.ExitedWord, v.Tolerance, sqldb.Micros(v.StartedAt))
		return err
	})
}

// Validation gives one validation, or ErrNoValidation.
func (s *Validations) Validation(ctx context.Context, validation string) (Validation, error) {
	v := Validation{Validation: validation}
	var started int64
	var ended sql.NullInt64
	found, err := s.db.QueryOne(ctx, `SELECT run, workflow_id, destination, audience, column_name, realized_word, exited_word, tolerance,
		verdict, started_at, ended_at FROM validations WHERE validation = ?`, []any{validation},
		&v.Run, &v.WorkflowID, &v.Destination, &v.Audience, &v.Column, &v.RealizedWord, &v.ExitedWord, &v.Tolerance, &v.Verdict, &started, &ended)
	if err == nil && !found {
		err = ErrNoValidation
	}
	v.StartedAt, v.EndedAt = sqldb.FromMicros(started), sqldb.FromNullMicros(ended)
	return v, err
}

// SaveSlice keeps what one slice found, in place of what an earlier try at the same slice did.
func (s *Validations) SaveSlice(ctx context.Context, validation string, slice int, c SliceCounts, found []Mismatch) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := saveMismatches(ctx, t, validation, slice, found); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `INSERT INTO validation_slices (validation, slice, expected, matched, mismatched, missing,
			realized_expected, realized_actual, exited_expected, exited_actual) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (validation, slice) DO UPDATE SET expected = excluded.expected, matched = excluded.matched,
			mismatched = excluded.mismatched, missing = excluded.missing, realized_expected = excluded.realized_expected,
			realized_actual = excluded.realized_actual, exited_expected = excluded.exited_expected, exited_actual = excluded.exited_actual`,
			validation, slice, c.Expected, c.Matched, c.Mismatched, c.Missing, c.RealizedExpected, c.RealizedActual, c.ExitedExpected, c.ExitedActual)
		return err
	})
}

var insertMismatches = sqldb.NewBulkInsert(`INSERT INTO mismatches (validation, contact, column_name, slice, kind, expected, actual, modified_by, modified_on)`,
	9, `ON CONFLICT (validation, contact, column_name) DO NOTHING`)

func saveMismatches(ctx context.Context, t *sqldb.Tx, validation string, slice int, found []Mismatch) error {
	if _, err := t.Exec(ctx, `DELETE FROM mismatches WHERE validation = ? AND slice = ?`, validation, slice); err != nil {
		return err
	}
	args := make([]any, 0, len(found)*insertMismatches.Width)
	for _, m := range found {
		args = append(args, validation, m.Contact, m.Column, slice, m.Kind, nullString(m.Expected), nullString(m.Actual), m.ModifiedBy, sqldb.NullMicros(m.ModifiedOn))
	}
	return t.Insert(ctx, insertMismatches, args)
}

func nullString(s *string) sql.NullString {
	if s == nil {
		return sql.NullString{}
	}
	return sql.NullString{String: *s, Valid: true}
}

// ValidationCounts adds up the slices that were saved.
func (s *Validations) ValidationCounts(ctx context.Context, validation string) (SliceCounts, error) {
	var c SliceCounts
	_, err := s.db.QueryOne(ctx, `SELECT CAST(coalesce(sum(expected), 0) AS BIGINT), CAST(coalesce(sum(matched), 0) AS BIGINT),
		CAST(coalesce(sum(mismatched), 0) AS BIGINT), CAST(coalesce(sum(missing), 0) AS BIGINT),
		CAST(coalesce(sum(realized_expected), 0) AS BIGINT), CAST(coalesce(sum(realized_actual), 0) AS BIGINT),
		CAST(coalesce(sum(exited_expected), 0) AS BIGINT), CAST(coalesce(sum(exited_actual), 0) AS BIGINT)
		FROM validation_slices WHERE validation = ?`, []any{validation},
		&c.Expected, &c.Matched, &c.Mismatched, &c.Missing, &c.RealizedExpected, &c.RealizedActual, &c.ExitedExpected, &c.ExitedActual)
	return c, err
}

// EndValidation keeps the verdict and the contacts that were not expected. Idempotent.
func (s *Validations) EndValidation(ctx context.Context, validation, verdict string, unexpected []Mismatch, at time.Time) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := saveMismatches(ctx, t, validation, endSlice, unexpected); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `UPDATE validations SET verdict = ?, ended_at = ? WHERE validation = ?`, verdict, sqldb.Micros(at), validation)
		return err
	})
}

// Mismatches lists what a validation found, in contact order, at most limit columns.
func (s *Validations) Mismatches(ctx context.Context, validation string, limit int) ([]Mismatch, error) {
	var found []Mismatch
	err := s.db.QueryEach(ctx, `SELECT contact, kind, column_name, expected, actual, modified_by, modified_on FROM mismatches
		WHERE validation = ? ORDER BY contact, column_name LIMIT ?`, []any{validation, limit}, func(rows *sql.Rows) error {
		var m Mismatch
		var expected, actual sql.NullString
		var modified sql.NullInt64
		err := rows.Scan(&m.Contact, &m.Kind, &m.Column, &expected, &actual, &m.ModifiedBy, &modified)
		m.Expected, m.Actual, m.ModifiedOn = stringOf(expected), stringOf(actual), sqldb.FromNullMicros(modified)
		found = append(found, m)
		return err
	})
	return found, err
}

func stringOf(s sql.NullString) *string {
	if !s.Valid {
		return nil
	}
	return &s.String
}

// ExpireValidations deletes validations that ended before the given time. Gives how many went.
// Idempotent.
func (s *Validations) ExpireValidations(ctx context.Context, before time.Time) (int64, error) {
	const old = `validation IN (SELECT validation FROM validations WHERE ended_at < ?)`
	var gone int64
	err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
		for _, table := range []string{"mismatches", "validation_slices"} {
			if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE `+old, sqldb.Micros(before)); err != nil {
				return err
			}
		}
		if _, err := t.Exec(ctx, `DELETE FROM run_settings WHERE run NOT IN (SELECT run FROM runs)`); err != nil {
			return err
		}
		gone, err = t.Exec(ctx, `DELETE FROM validations WHERE ended_at < ?`, sqldb.Micros(before))
		return err
	})
	return gone, err
}

// Erase deletes what validations of a destination have found of a contact, and gives how many
// columns that were.
func Erase(ctx context.Context, t *sqldb.Tx, destination, contact string) (int64, error) {
	return t.Exec(ctx, `DELETE FROM mismatches
	WHERE validation IN (SELECT validation FROM validations WHERE destination = ?) AND contact = ?`, destination, contact)
}

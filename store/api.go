package store

import (
	"context"
	"errors"
	"time"
)

var errUnbuilt = errors.New("store: not built yet")

type settled struct{}

// Store is an open activation store. Safe for concurrent use, by several processes too.
type Store struct{}

// Option changes how Open opens.
type Option func(*Store)

// Open opens the store at "sqlite:PATH" (its folders are made) or "postgres://...", and migrates it. Safe to call from several
// processes at once.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) { return nil, errUnbuilt }

// ID is the store's random id, made with the store: two programs with the same id look at the same store.
func (s *Store) ID() string { return "" }

// Close closes all connections.
func (s *Store) Close() error { return nil }

// BeginRun records a run; a run that exists already is left as it is (but for an empty column, which is filled in).
func (s *Store) BeginRun(ctx context.Context, r Run) error { return errUnbuilt }

// Run gives one run, or ErrNoRun.
func (s *Store) Run(ctx context.Context, run string) (Run, error) { return Run{}, errUnbuilt }

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) { return nil, errUnbuilt }

// SetRunStatus says what a run is doing, why, by whom and since when. An ended run is left as it is.
func (s *Store) SetRunStatus(ctx context.Context, run, status, reason, by string, since time.Time) error {
	return errUnbuilt
}

// EndRun ends a run: status, reason, error text and report are kept for as long as the run's history. Idempotent: the first end stays.
func (s *Store) EndRun(ctx context.Context, run, status, reason, errText string, report []byte) error {
	return errUnbuilt
}

// ClaimColumn makes a status column the audience's own, until FreeColumn; *ColumnTaken names another owner. Idempotent.
func (s *Store) ClaimColumn(ctx context.Context, destination, column, audience, namespace string) error {
	return errUnbuilt
}

// FreeColumn gives a status column up. Idempotent.
func (s *Store) FreeColumn(ctx context.Context, destination, column string) error { return errUnbuilt }

// PinSource holds a run to one version of its source: the first identity wins, *SourceChanged when another one comes.
func (s *Store) PinSource(ctx context.Context, run, identity string, asOf time.Time) error {
	return errUnbuilt
}

// Stage adds a chunk in one transaction, cursor included. A chunk at or below the cursor is a no-op; one that leaves a gap is an error.
func (s *Store) Stage(ctx context.Context, run string, c Chunk) error { return errUnbuilt }

// StagedPosition gives the position up to which the source is staged, and whether staging is finished.
func (s *Store) StagedPosition(ctx context.Context, run string) (position int64, done bool, err error) {
	return 0, false, errUnbuilt
}

// FinishStaging says that the whole source is staged. Idempotent.
func (s *Store) FinishStaging(ctx context.Context, run string) error { return errUnbuilt }

// StageAbsent stages an exit for each contact that is realized by the ledger, last exported before the source's asOf, and named by
// no row of the run. In ranges; idempotent; gives the number of absent contacts. Call it after FinishStaging and before Plan.
func (s *Store) StageAbsent(ctx context.Context, run string, p Policy) (int64, error) {
	return 0, errUnbuilt
}

// Plan decides the rows of one range of contacts after the given one ("" begins), against the ledgers. next is where to go on.
// Idempotent: rows decided before are passed over.
func (s *Store) Plan(ctx context.Context, run string, p Policy, after string) (next string, done bool, err error) {
	return "", false, errUnbuilt
}

// ToRead lists contacts, in order, that have to be read from Dynamics before they can be decided.
func (s *Store) ToRead(ctx context.Context, run, after string, limit int) ([]string, error) {
	return nil, errUnbuilt
}

// PlanRead decides contacts that were read from Dynamics; those asked for and not found have failed (contact_not_found). Idempotent.
func (s *Store) PlanRead(ctx context.Context, run string, p Policy, found map[string]Before, asked []string) error {
	return errUnbuilt
}

// CutBatches cuts the pending rows into batches of at most size rows, in contact order. Idempotent: a run is cut once.
func (s *Store) CutBatches(ctx context.Context, run string, size int) (batches int, rows int64, err error) {
	return 0, 0, errUnbuilt
}

// Preview gives the first n rows that would be sent, with what they would change.
func (s *Store) Preview(ctx context.Context, run string, n int) ([]PreviewRow, error) {
	return nil, errUnbuilt
}

// Guard gives the numbers that guards judge by.
func (s *Store) Guard(ctx context.Context, run string) (GuardNumbers, error) {
	return GuardNumbers{}, errUnbuilt
}

// TakeBatch begins an attempt at a batch: in one transaction it compares the batch's pending rows with the ledgers again, marks the
// contacts of those still to be sent as in flight, and makes the batch `sending`. See Taken for what to do with the rows.
func (s *Store) TakeBatch(ctx context.Context, ref BatchRef, p Policy, lease time.Duration) (*Taken, error) {
	return nil, errUnbuilt
}

// ExtendLease prolongs an attempt from now on; *LostAttempt when another attempt has taken over.
func (s *Store) ExtendLease(ctx context.Context, ref BatchRef, attempt int64, lease time.Duration) error {
	return errUnbuilt
}

// Book records what Dynamics accepted and refused, in one transaction: ledgers, outcomes, rejected rows; the contacts are no longer
// in flight. Rows booked before are passed over. *LostAttempt when another attempt has taken over: nothing was booked.
func (s *Store) Book(ctx context.Context, ref BatchRef, attempt int64, written []TakenRow, failed []Failure) error {
	return errUnbuilt
}

// Release gives rows back that were not sent: no longer in flight, still pending. Idempotent; *LostAttempt as in Book.
func (s *Store) Release(ctx context.Context, ref BatchRef, attempt int64, contacts []string) error {
	return errUnbuilt
}

// FinishBatch ends an attempt: rows still in flight by it are released, the batch is done when no pending row is left, else planned again.
func (s *Store) FinishBatch(ctx context.Context, ref BatchRef, attempt int64) (BatchCounts, error) {
	return BatchCounts{}, errUnbuilt
}

// Batches gives the batches of a run by state, and their number.
func (s *Store) Batches(ctx context.Context, run string) (map[string]int, error) {
	return nil, errUnbuilt
}

// OpenBatches lists batches in state sending of a destination that do not belong to the given run ("" for all runs).
func (s *Store) OpenBatches(ctx context.Context, destination, exceptRun string) ([]OpenBatch, error) {
	return nil, errUnbuilt
}

// Counts gives the numbers of a run from its rows' outcomes, or, once they are purged, as they were then.
func (s *Store) Counts(ctx context.Context, run string) (Counts, error) { return Counts{}, errUnbuilt }

// Rejected lists excluded and failed rows of a run in the order of the source.
func (s *Store) Rejected(ctx context.Context, run string, q RejectedQuery) ([]Rejected, error) {
	return nil, errUnbuilt
}

// FailedRows gives the staged rows of failed contacts that are still kept, in contact order, for a replay.
func (s *Store) FailedRows(ctx context.Context, run, after string, limit int) ([]StagedRow, error) {
	return nil, errUnbuilt
}

// SetRejectedState says what became of rejected rows; no contacts: of all that are kept. Gives how many changed.
func (s *Store) SetRejectedState(ctx context.Context, run, state string, contacts []string) (int64, error) {
	return 0, errUnbuilt
}

// Purge deletes an ended run's staged rows, but for those of failed rows that are kept for a replay. In ranges; idempotent.
func (s *Store) Purge(ctx context.Context, run string) error { return errUnbuilt }

// Expire deletes runs that ended before the given time, with all their rows. Ledgers stay. Gives how many runs went.
func (s *Store) Expire(ctx context.Context, before time.Time) (int64, error) { return 0, errUnbuilt }

// Exported lists exported contacts of a status column in contact order, after the given one.
func (s *Store) Exported(ctx context.Context, destination, column, after string, limit int) ([]Exported, error) {
	return nil, errUnbuilt
}

// ExportedByID gives those of the contacts that were exported, in contact order.
func (s *Store) ExportedByID(ctx context.Context, destination, column string, contacts []string) ([]Exported, error) {
	return nil, errUnbuilt
}

// CountExported counts the exported contacts of a status column by word and status.
func (s *Store) CountExported(ctx context.Context, destination, column string) ([]ExportedCount, error) {
	return nil, errUnbuilt
}

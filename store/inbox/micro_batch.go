package inbox

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// Claim is the micro-batch that a stream has under way: the front of its inbox, to be staged and
// sent as a run of its own.
type Claim struct {
	Run     string // of the micro-batch; "": there is none
	Version int64  // of the activation that the events at the front were read with; 0: the inbox is empty
}

// Clean reports whether there is nothing left to drain. The dirty mark is cleared then, in the
// transaction that found the inbox empty: whatever is received after it wakes the stream anew.
func (c Claim) Clean() bool { return c.Version == 0 }

const (
	frontOfInbox = `SELECT seq, version FROM inbox WHERE destination = ? AND audience = ? ORDER BY seq LIMIT 1`

	otherVersion = `SELECT seq FROM inbox WHERE destination = ? AND audience = ? AND seq > ? AND seq < ? AND version <> ? ORDER BY seq LIMIT 1`
)

// ClaimEvents makes the front of a stream's inbox a micro-batch of at most limit events, with the
// settings of the window's run; or gives the one that is under way already. All its events were
// read with one version of the activation: where that is another one than the window's, nothing is
// claimed and the version is told. An empty inbox clears the dirty mark.
func (b *Inbox) ClaimEvents(ctx context.Context, key StreamKey, window string, version int64, limit int) (Claim, error) {
	now, err := b.db.Now(ctx)
	if err != nil {
		return Claim{}, err
	}
	var claim Claim
	err = b.db.Update(ctx, func(t *sqldb.Tx) error {
		stream, err := lockStream(ctx, t, key)
		if err != nil {
			return err
		}
		if stream.batchRun != "" {
			claim = Claim{Run: stream.batchRun, Version: stream.batchVersion}
			return nil
		}
		var to int64
		if claim.Version, to, err = inboxFront(ctx, t, key, stream.lastSeq, limit); err != nil {
			return err
		}
		switch {
		case claim.Clean():
			_, err = t.Exec(ctx, `UPDATE streams SET dirty = 0, dirty_since = NULL WHERE destination = ? AND audience = ?`, key.Destination, key.Audience)
			return err
		case claim.Version != version:
			return nil
		}
		claim.Run = runlog.MicroBatchID(window)
		if err := runlog.BeginMicroBatch(ctx, t, claim.Run, window, now); err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE streams SET batch_run = ?, batch_version = ?, batch_to = ? WHERE destination = ? AND audience = ?`,
			claim.Run, claim.Version, to, key.Destination, key.Audience)
		return err
	})
	return claim, err
}

// inboxFront finds the version of the inbox's first event, and how far events of that version
// reach. Events are numbered without gaps. Version 0: the inbox is empty.
func inboxFront(ctx context.Context, t *sqldb.Tx, key StreamKey, last int64, limit int) (version, to int64, err error) {
	var first int64
	found, err := t.QueryOne(ctx, frontOfInbox, []any{key.Destination, key.Audience}, &first, &version)
	if err != nil || !found {
		return 0, 0, err
	}
	to = min(last, first+int64(limit)-1)
	var other int64
	found, err = t.QueryOne(ctx, otherVersion, []any{key.Destination, key.Audience, first, to + 1, version}, &other)
	if found {
		to = other - 1
	}
	return version, to, err
}

// ClaimedEvent is an event of a micro-batch. Seq numbers the events of a stream in the order in
// which they were received.
type ClaimedEvent struct {
	Seq int64
	Event
}

// ClaimedEvents gives at most limit events of the stream's micro-batch that come after one, in
// order; none if run is not the one under way.
func (b *Inbox) ClaimedEvents(ctx context.Context, key StreamKey, run string, after int64, limit int) ([]ClaimedEvent, error) {
	var all []ClaimedEvent
	err := b.db.QueryEach(ctx, `SELECT i.seq, i.version, i.arrived_at, i.record FROM streams s
		JOIN inbox i ON i.destination = s.destination AND i.audience = s.audience AND i.seq <= s.batch_to
		WHERE s.destination = ? AND s.audience = ? AND s.batch_run = ? AND i.seq > ? ORDER BY i.seq LIMIT ?`,
		[]any{key.Destination, key.Audience, run, after, limit},
		func(rows *sql.Rows) error {
			e := ClaimedEvent{Event: Event{StreamKey: key}}
			var arrived int64
			var text []byte
			if err := rows.Scan(&e.Seq, &e.Version, &arrived, &text); err != nil {
				return err
			}
			e.Arrived = sqldb.FromMicros(arrived)
			all = append(all, e)
			return sqldb.AsDamaged("an event of the inbox", json.Unmarshal(text, &all[len(all)-1].Record))
		})
	return all, err
}

// settleRange is how many events one transaction takes out of the inbox.
const settleRange = 5000

const dropEvents = `DELETE FROM inbox WHERE destination = ? AND audience = ? AND seq <= ? AND seq <= ? +
	(SELECT min(i.seq) FROM inbox i WHERE i.destination = ? AND i.audience = ?)`

// MicroBatchEnd gives the last event of a micro-batch; found is false if it is not under way.
func (b *Inbox) MicroBatchEnd(ctx context.Context, key StreamKey, run string) (to int64, found bool, err error) {
	found, err = b.db.QueryOne(ctx, `SELECT batch_to FROM streams WHERE destination = ? AND audience = ? AND batch_run = ?`,
		[]any{key.Destination, key.Audience, run}, &to)
	return to, found, err
}

// ClearEvents takes the events of a micro-batch out of the inbox, in ranges. Idempotent.
func (b *Inbox) ClearEvents(ctx context.Context, key StreamKey, to int64) error {
	for gone := int64(1); gone > 0; {
		err := b.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			gone, err = t.Exec(ctx, dropEvents, key.Destination, key.Audience, to, settleRange, key.Destination, key.Audience)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// MicroBatchUnderWay tells whether a run is the micro-batch of its stream, which it holds until the
// transaction ends.
func MicroBatchUnderWay(ctx context.Context, t *sqldb.Tx, key StreamKey, run string) (bool, error) {
	stream, err := lockStream(ctx, t, key)
	return err == nil && stream.batchRun == run, err
}

// MicroBatch is one that a stream has under way.
type MicroBatch struct {
	StreamKey
	Run string
}

const microBatches = `SELECT audience, batch_run FROM streams WHERE destination = ? AND batch_run <> '' ORDER BY audience`

// MicroBatches gives those that are under way to a destination.
func (b *Inbox) MicroBatches(ctx context.Context, destination string) ([]MicroBatch, error) {
	return listMicroBatches(ctx, b.db, microBatches, destination)
}

// HoldMicroBatches does so in a transaction, and keeps their streams from going on before that is
// over.
func HoldMicroBatches(ctx context.Context, t *sqldb.Tx, destination string) ([]MicroBatch, error) {
	return listMicroBatches(ctx, t, t.ForUpdate(microBatches), destination)
}

type queryEach interface {
	QueryEach(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error
}

func listMicroBatches(ctx context.Context, q queryEach, query, destination string) ([]MicroBatch, error) {
	var all []MicroBatch
	err := q.QueryEach(ctx, query, []any{destination}, func(rows *sql.Rows) error {
		m := MicroBatch{StreamKey: StreamKey{Destination: destination}}
		err := rows.Scan(&m.Audience, &m.Run)
		all = append(all, m)
		return err
	})
	return all, err
}

// EndMicroBatch says that a stream has no micro-batch under way.
func EndMicroBatch(ctx context.Context, t *sqldb.Tx, key StreamKey) error {
	_, err := t.Exec(ctx, `UPDATE streams SET batch_run = '', batch_version = 0, batch_to = 0 WHERE destination = ? AND audience = ?`,
		key.Destination, key.Audience)
	return err
}

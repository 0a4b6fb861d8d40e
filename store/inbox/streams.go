package inbox

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"audienceflow/audience"
	"audienceflow/store/sqldb"
)

// StreamKey names a stream: an audience of a destination.
type StreamKey struct {
	Destination string `json:"destination"`
	Audience    string `json:"audience"`
}

// Event is one profile's membership as it was received.
type Event struct {
	StreamKey
	Version int64     // of the activation that it was read with, from RegisterStream
	Arrived time.Time // its asOf
	Record  audience.Record
}

// Unreadable is a received record that is no profile, of no audience in particular.
type Unreadable struct {
	Destination string
	Arrived     time.Time
	Record      audience.Record
}

// ErrNoStream is the error of a stream that was never registered.
var ErrNoStream = errors.New("the store does not know this stream: does an activation file with stream: true name its audience?")

// RegisterStream makes a stream known and keeps the activation that its events are read with, as
// JSON that the store does not look into. It gives the activation's version: a new one only if it
// differs from the latest. Idempotent.
func (b *Inbox) RegisterStream(ctx context.Context, key StreamKey, activation []byte) (version int64, err error) {
	err = b.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO streams (destination, audience, version) VALUES (?, ?, 0) ON CONFLICT DO NOTHING`, key.Destination, key.Audience)
		if err != nil {
			return err
		}
		stream, err := lockStream(ctx, t, key)
		if err != nil {
			return err
		}
		var latest string
		version = stream.version
		_, err = t.QueryOne(ctx, `SELECT activation FROM stream_activations WHERE destination = ? AND audience = ? AND version = ?`,
			[]any{key.Destination, key.Audience, version}, &latest)
		if err != nil || latest == string(activation) {
			return err
		}
		version++
		_, err = t.Exec(ctx, `INSERT INTO stream_activations (destination, audience, version, activation) VALUES (?, ?, ?, ?)`,
			key.Destination, key.Audience, version, string(activation))
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE streams SET version = ? WHERE destination = ? AND audience = ?`, version, key.Destination, key.Audience)
		return err
	})
	return version, err
}

// StreamActivation gives what RegisterStream kept as a version, or ErrNoStream.
func (b *Inbox) StreamActivation(ctx context.Context, key StreamKey, version int64) ([]byte, error) {
	var text string
	found, err := b.db.QueryOne(ctx, `SELECT activation FROM stream_activations WHERE destination = ? AND audience = ? AND version = ?`,
		[]any{key.Destination, key.Audience, version}, &text)
	if err == nil && !found {
		err = ErrNoStream
	}
	return []byte(text), err
}

// streamRow is a row of streams.
type streamRow struct {
	version      int64
	lastSeq      int64
	dirty        int64
	batchRun     string
	batchVersion int64
	batchTo      int64
}

// lockStream reads a stream and, on PostgreSQL, holds it until the transaction ends: what is
// received and what is drained follow one another, so that events become visible in the order of
// their numbers and the mark always tells the truth.
func lockStream(ctx context.Context, t *sqldb.Tx, key StreamKey) (streamRow, error) {
	const query = `SELECT version, last_seq, dirty, batch_run, batch_version, batch_to FROM streams WHERE destination = ? AND audience = ?`
	var r streamRow
	found, err := t.QueryOne(ctx, t.ForUpdate(query), []any{key.Destination, key.Audience}, &r.version, &r.lastSeq, &r.dirty, &r.batchRun, &r.batchVersion, &r.batchTo)
	if err == nil && !found {
		err = ErrNoStream
	}
	return r, err
}

var (
	putEvents     = sqldb.NewBulkInsert(`INSERT INTO inbox (destination, audience, seq, version, arrived_at, record)`, 6, ``)
	putUnreadable = sqldb.NewBulkInsert(`INSERT INTO unreadable (destination, arrived_at, position, line, reason, detail)`, 6, ``)
)

// Receive keeps events and unreadable records in one transaction: once it returns they are durable.
// It gives the streams that were clean before: somebody has to wake them. Those that were dirty are
// being drained, or about to be.
func (b *Inbox) Receive(ctx context.Context, events []Event, unreadable []Unreadable) (wake []StreamKey, err error) {
	now, err := b.db.Now(ctx)
	if err != nil {
		return nil, err
	}
	streams, texts, err := byStream(events)
	if err != nil {
		return nil, err
	}
	err = b.db.Update(ctx, func(t *sqldb.Tx) error {
		wake = nil
		for _, key := range slices.SortedFunc(maps.Keys(streams), compareStreams) { // always in one order: no deadlocks
			woken, err := receiveEvents(ctx, t, key, streams[key], texts, events, now)
			if err != nil {
				return err
			}
			if woken {
				wake = append(wake, key)
			}
		}
		return t.Insert(ctx, putUnreadable, unreadableArgs(unreadable))
	})
	return wake, err
}

// receiveEvents keeps the events of one stream, which are given by their places in events.
func receiveEvents(ctx context.Context, t *sqldb.Tx, key StreamKey, places []int, texts []string, events []Event, now time.Time) (wake bool, err error) {
	stream, err := lockStream(ctx, t, key)
	if err != nil {
		return false, err
	}
	args := make([]any, 0, len(places)*putEvents.Width)
	for _, i := range places {
		stream.lastSeq++
		args = append(args, key.Destination, key.Audience, stream.lastSeq, events[i].Version, sqldb.Micros(events[i].Arrived), texts[i])
	}
	if err := t.Insert(ctx, putEvents, args); err != nil {
		return false, err
	}
	if stream.dirty != 0 {
		_, err = t.Exec(ctx, `UPDATE streams SET last_seq = ? WHERE destination = ? AND audience = ?`, stream.lastSeq, key.Destination, key.Audience)
		return false, err
	}
	_, err = t.Exec(ctx, `UPDATE streams SET last_seq = ?, dirty = 1, dirty_since = ? WHERE destination = ? AND audience = ?`,
		stream.lastSeq, sqldb.Micros(now), key.Destination, key.Audience)
	return true, err
}

// byStream gives the places of events by stream, and their records as JSON.
func byStream(events []Event) (map[StreamKey][]int, []string, error) {
	streams := map[StreamKey][]int{}
	texts := make([]string, len(events))
	for i, e := range events {
		text, err := json.Marshal(e.Record)
		if err != nil {
			return nil, nil, err
		}
		texts[i] = string(text)
		streams[e.StreamKey] = append(streams[e.StreamKey], i)
	}
	return streams, texts, nil
}

func compareStreams(a, b StreamKey) int {
	return cmp.Or(cmp.Compare(a.Destination, b.Destination), cmp.Compare(a.Audience, b.Audience))
}

func unreadableArgs(list []Unreadable) []any {
	args := make([]any, 0, len(list)*putUnreadable.Width)
	for _, u := range list {
		args = append(args, u.Destination, sqldb.Micros(u.Arrived), u.Record.Position, u.Record.Line, u.Record.Reason, u.Record.Detail)
	}
	return args
}

// StreamState says how a stream stands.
type StreamState struct {
	StreamKey
	Dirty      bool
	DirtySince time.Time // zero when clean
	Backlog    int64     // events received and not yet settled
	Oldest     time.Time // the arrival of the oldest of them; zero: none
	// Notes say what the activation names and nothing that arrived has, for people: words of
	// senders are among them. "" for nothing.
	Notes string
}

// Lag is how long the oldest unsettled event has been waiting.
func (s StreamState) Lag(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Oldest))
}

// Events leave the inbox from its front alone, so that the first one tells how many there are.
const streamStates = `SELECT destination, audience, dirty, dirty_since, last_seq, notes,
	(SELECT i.seq FROM inbox i WHERE i.destination = streams.destination AND i.audience = streams.audience ORDER BY i.seq LIMIT 1),
	(SELECT i.arrived_at FROM inbox i WHERE i.destination = streams.destination AND i.audience = streams.audience ORDER BY i.seq LIMIT 1)
	FROM streams`

// NoteStream keeps what there is to say of what arrives for a stream, in place of what was kept
// before. Idempotent.
func (b *Inbox) NoteStream(ctx context.Context, key StreamKey, notes string) error {
	return b.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE streams SET notes = ? WHERE destination = ? AND audience = ?`, notes, key.Destination, key.Audience)
		return err
	})
}

// Streams gives the state of every stream, by destination and audience.
func (b *Inbox) Streams(ctx context.Context) ([]StreamState, error) {
	return b.streams(ctx, streamStates+` ORDER BY destination, audience`)
}

// Stream gives the state of one stream, or ErrNoStream.
func (b *Inbox) Stream(ctx context.Context, key StreamKey) (StreamState, error) {
	found, err := b.streams(ctx, streamStates+` WHERE destination = ? AND audience = ?`, key.Destination, key.Audience)
	if err == nil && len(found) == 0 {
		err = ErrNoStream
	}
	if err != nil {
		return StreamState{}, err
	}
	return found[0], nil
}

func (b *Inbox) streams(ctx context.Context, query string, args ...any) ([]StreamState, error) {
	var all []StreamState
	err := b.db.QueryEach(ctx, query, args, func(rows *sql.Rows) error {
		var st StreamState
		var dirty, last int64
		var since, first, oldest sql.NullInt64
		err := rows.Scan(&st.Destination, &st.Audience, &dirty, &since, &last, &st.Notes, &first, &oldest)
		st.Dirty, st.DirtySince, st.Oldest = dirty != 0, sqldb.FromNullMicros(since), sqldb.FromNullMicros(oldest)
		if first.Valid {
			st.Backlog = last - first.Int64 + 1
		}
		all = append(all, st)
		return err
	})
	return all, err
}

// ExpireUnreadable deletes unreadable records that arrived before the given time.
func (b *Inbox) ExpireUnreadable(ctx context.Context, before time.Time) error {
	return b.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM unreadable WHERE arrived_at < ?`, sqldb.Micros(before))
		return err
	})
}

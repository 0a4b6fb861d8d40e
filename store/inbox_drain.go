package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/google/uuid"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// Claim is the micro-batch that a stream has under way: the front of its inbox, to be staged and sent as a run of its own.
type Claim struct {
	Run     string // of the micro-batch; "": there is none
	Version int64  // of the activation that the events at the front were read with; 0: the inbox is empty
}

// Clean reports whether there is nothing left to drain. The dirty mark is cleared then, in the transaction that found the inbox
// empty: whatever is received after it wakes the stream anew.
func (c Claim) Clean() bool { return c.Version == 0 }

const (
	frontOfInbox = `SELECT seq, version FROM inbox WHERE destination = ? AND audience = ? ORDER BY seq LIMIT 1`

	otherVersion = `SELECT seq FROM inbox WHERE destination = ? AND audience = ? AND seq > ? AND seq < ? AND version <> ? ORDER BY seq LIMIT 1`

	beginMicroBatch = `INSERT INTO runs (run, workflow_id, destination, audience, namespace, mapping_id, column_name, kind, status, started_at)
	SELECT CAST(? AS TEXT), workflow_id, destination, audience, namespace, mapping_id, column_name, CAST(? AS TEXT), status, CAST(? AS BIGINT) FROM runs WHERE run = ?`

	copySettings = `INSERT INTO run_settings (run, settings) SELECT CAST(? AS TEXT), settings FROM run_settings WHERE run = ?`
)

// ClaimEvents makes the front of a stream's inbox a micro-batch of at most limit events, with the settings of the window's run; or
// gives the one that is under way already. All its events were read with one version of the activation: where that is another one
// than the window's, nothing is claimed and the version is told. An empty inbox clears the dirty mark.
func (s *Store) ClaimEvents(ctx context.Context, key StreamKey, window string, version int64, limit int) (Claim, error) {
	now, err := s.db.Now(ctx)
	if err != nil {
		return Claim{}, err
	}
	var claim Claim
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
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
		claim.Run = uuid.NewString()
		if begun, err := t.Exec(ctx, beginMicroBatch, claim.Run, runs.KindMicroBatch, sqldb.Micros(now), window); err != nil || begun == 0 {
			return orNoRun(err)
		}
		if _, err := t.Exec(ctx, copySettings, claim.Run, window); err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE streams SET batch_run = ?, batch_version = ?, batch_to = ? WHERE destination = ? AND audience = ?`,
			claim.Run, claim.Version, to, key.Destination, key.Audience)
		return err
	})
	return claim, err
}

func orNoRun(err error) error {
	if err == nil {
		return runlog.ErrNoRun
	}
	return err
}

// front finds the version of the inbox's first event, and how far events of that version reach. Events are numbered without gaps.
// Version 0: the inbox is empty.
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

// InboxEvent is an event of a micro-batch. Seq numbers the events of a stream in the order in which they were received.
type InboxEvent struct {
	Seq int64
	Event
}

// ClaimedEvents gives at most limit events of the stream's micro-batch that come after one, in order; none if run is not the one
// under way.
func (s *Store) ClaimedEvents(ctx context.Context, key StreamKey, run string, after int64, limit int) ([]InboxEvent, error) {
	var all []InboxEvent
	err := s.db.QueryEach(ctx, `SELECT i.seq, i.version, i.arrived_at, i.record FROM streams s
		JOIN inbox i ON i.destination = s.destination AND i.audience = s.audience AND i.seq <= s.batch_to
		WHERE s.destination = ? AND s.audience = ? AND s.batch_run = ? AND i.seq > ? ORDER BY i.seq LIMIT ?`,
		[]any{key.Destination, key.Audience, run, after, limit},
		func(rows *sql.Rows) error {
			e := InboxEvent{Event: Event{StreamKey: key}}
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

package inbox

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/audience"
	"audienceflow/store/sqldb"
)

const (
	eventsOfContact = `SELECT seq, record FROM inbox
	WHERE destination = ? AND audience = ? AND record LIKE ? ORDER BY seq`

	emptyOneEvent = `UPDATE inbox SET record = ? WHERE destination = ? AND audience = ? AND seq = ?`

	streamsAt = `SELECT audience FROM streams WHERE destination = ? ORDER BY audience`
)

// ContactEvents are the events of one contact in the inbox of a stream.
type ContactEvents struct {
	StreamKey
	Seqs    []int64
	Claimed string // the micro-batch under way that the first of them belongs to; "": none
}

// EventsOf gives the events of a contact at a destination, by stream, and holds the streams until
// the transaction ends.
func EventsOf(ctx context.Context, t *sqldb.Tx, destination, contact string) ([]ContactEvents, error) {
	var audiences []string
	if err := t.QueryEach(ctx, streamsAt, []any{destination}, sqldb.Column(&audiences)); err != nil {
		return nil, err
	}
	var all []ContactEvents
	for _, name := range audiences {
		found := ContactEvents{StreamKey: StreamKey{Destination: destination, Audience: name}}
		stream, err := lockStream(ctx, t, found.StreamKey)
		if err != nil {
			return nil, err
		}
		found.Seqs, err = eventsOf(ctx, t, found.StreamKey, contact)
		if err != nil {
			return nil, err
		}
		if len(found.Seqs) == 0 {
			continue
		}
		if found.Seqs[0] <= stream.batchTo {
			found.Claimed = stream.batchRun
		}
		all = append(all, found)
	}
	return all, nil
}

// Empty empties events where they stand: an inbox is numbered without gaps.
func (e ContactEvents) Empty(ctx context.Context, t *sqldb.Tx) error {
	for _, seq := range e.Seqs {
		if _, err := t.Exec(ctx, emptyOneEvent, emptyEvent, e.Destination, e.Audience, seq); err != nil {
			return err
		}
	}
	return nil
}

// emptyEvent is what an erased event leaves: a record without a membership.
var emptyEvent = mustMarshal(audience.Record{Kind: audience.RecordIgnored})

func mustMarshal(record audience.Record) string {
	text, err := json.Marshal(record)
	if err != nil { // numbers always marshal
		panic(err)
	}
	return string(text)
}

func eventsOf(ctx context.Context, t *sqldb.Tx, key StreamKey, contact string) (places []int64, err error) {
	args := []any{key.Destination, key.Audience, "%" + contact + "%"}
	err = t.QueryEach(ctx, eventsOfContact, args, func(rows *sql.Rows) error {
		var seq int64
		var text []byte
		var record audience.Record
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		err := sqldb.AsDamaged("an event of the inbox", json.Unmarshal(text, &record))
		if record.Contact == contact {
			places = append(places, seq)
		}
		return err
	})
	return places, err
}

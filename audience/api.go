package audience

import (
	"context"
	"errors"
	"io"
	"time"
)

// OpenOptions are what a reader needs from its caller.
type OpenOptions struct {
	// Now decides what is more than 24 h ahead; zero means time.Now.
	Now time.Time
	// Roots are the local folders that may be read; none means any.
	Roots []string
	// DatabaseURL is the connection of a SQL source.
	DatabaseURL string
}

// Reader reads the records of one audience from its source.
type Reader struct{}

// Open opens the activation's source and pins it. *SourceError says why it cannot.
func Open(ctx context.Context, a Activation, o OpenOptions) (*Reader, error) {
	return nil, errors.New("not yet")
}

// Identity is the source's pinned identity, comparable between attempts.
func (r *Reader) Identity() string { return "" }

// AsOf is the source's own time.
func (r *Reader) AsOf() time.Time { return time.Time{} }

// Size is the source's size in bytes, 0 when unknown.
func (r *Reader) Size() int64 { return 0 }

// BytesRead is how much of Size has been read.
func (r *Reader) BytesRead() int64 { return 0 }

// Next gives the next record; io.EOF at a clean end, *SourceError when the run must stop.
func (r *Reader) Next() (Record, error) { return Record{}, io.EOF }

// Close releases the source.
func (r *Reader) Close() error { return nil }

// DecodeOptions are what decoding a body needs from its caller.
type DecodeOptions struct {
	// Now is the arrival: the asOf of the body's records.
	Now time.Time
}

// MappedRecord is a record of one of the activations given to DecodeProfiles.
type MappedRecord struct {
	// Activation is the index of the activation.
	Activation int    `json:"activation"`
	Record     Record `json:"record"`
}

// Decoded is what a body held.
type Decoded struct {
	// Received counts the profiles of the body, unreadable ones included.
	Received int64
	// Ignored counts the profiles that are of none of the activations.
	Ignored int64
	// Records are the memberships, usable or excluded, of the activations.
	Records []MappedRecord
	// Unreadable are the records that are no profile.
	Unreadable []Record
}

// DecodeProfiles reads a body of AEP profiles: one, an array, NDJSON,
// {"profiles": [...]} or aggregated by audience. *BodyError when it is no JSON.
func DecodeProfiles(body io.Reader, activations []Activation, o DecodeOptions) (Decoded, error) {
	return Decoded{}, &BodyError{Message: "not yet"}
}

// BodyError says why a body is no JSON at all.
type BodyError struct {
	Message string
	Err     error
}

// Error gives the message.
func (e *BodyError) Error() string { return e.Message }

// Unwrap gives the error underneath, if any.
func (e *BodyError) Unwrap() error { return e.Err }

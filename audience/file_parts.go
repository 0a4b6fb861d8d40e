package audience

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// fileSource reads the parts of a listing one after the other.
type fileSource struct {
	ctx        context.Context
	activation Activation
	now        time.Time
	list       func(context.Context) (listing, error)
	listing    listing
	read       atomic.Int64
	following  int // index of the part after current
	current    *partReader
	release    func() error
}

// openFiles lists a source and opens its first part, so that a wrong header is
// known at once. release is called when the source is closed, or cannot be
// opened.
func openFiles(ctx context.Context, a Activation, now time.Time, list func(context.Context) (listing, error), release func() error) (pinned, error) {
	l, err := list(ctx)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	s := &fileSource{ctx: ctx, activation: a, now: now, list: list, listing: l, release: release}
	if err := s.open(); err != nil {
		return nil, errors.Join(failure(ctx, s, err), release())
	}
	return s, nil
}

// open goes on to the next part; io.EOF behind the last.
func (s *fileSource) open() error {
	if s.following == len(s.listing.parts) {
		return io.EOF
	}
	p := s.listing.parts[s.following]
	s.following++
	r, err := openPart(s.ctx, p, s.activation, s.now, s.listing.partAsOf(p), &s.read)
	if err != nil {
		return err
	}
	s.current = r
	return nil
}

func (s *fileSource) next() (Record, error) {
	for {
		record, err := s.current.next()
		if !errors.Is(err, io.EOF) {
			return record, err
		}
		if s.following == len(s.listing.parts) {
			return Record{}, io.EOF
		}
		if err := s.current.close(); err != nil {
			return Record{}, err
		}
		s.current = nil
		if err := s.open(); err != nil {
			return Record{}, err
		}
	}
}

func (s *fileSource) identity() string { return s.listing.identity() }
func (s *fileSource) asOf() time.Time  { return s.listing.asOf() }
func (s *fileSource) size() int64      { return s.listing.size() }
func (s *fileSource) bytesRead() int64 { return s.read.Load() }

func (s *fileSource) at() string { return s.listing.parts[s.following-1].name }

func (s *fileSource) unchanged() error {
	now, err := s.list(s.ctx)
	if err == nil && now.identity() == s.listing.identity() {
		return nil
	}
	return &SourceError{Cause: CauseChanged, Source: s.listing.name,
		Message: "the source changed while it was read; start again when it is complete"}
}

func (s *fileSource) close() error {
	if s.current == nil {
		return s.release()
	}
	current := s.current
	s.current = nil
	return errors.Join(current.close(), s.release())
}

package source

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/files"
	"audienceflow/audience/profile"
)

// fileSource reads the parts of a listing one after the other.
type fileSource struct {
	ctx        context.Context
	activation audience.Activation
	options    Options
	list       func(context.Context) (files.Listing, error)
	listing    files.Listing
	read       atomic.Int64
	following  int // index of the part after current
	current    *partReader
	taken      int64 // records of current
	passedOver bool
	release    func() error
}

// openFiles lists a source and opens its first part, so that a wrong header is
// known at once. release is called when the source is closed, or cannot be
// opened.
func openFiles(ctx context.Context, a audience.Activation, o Options, list func(context.Context) (files.Listing, error), release func() error) (pinned, error) {
	l, err := list(ctx)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	s := &fileSource{ctx: ctx, activation: a, options: o, list: list, listing: l, release: release}
	if err := s.open(); err != nil {
		return nil, errors.Join(failure(ctx, s, err), release())
	}
	return s, nil
}

// open goes on to the next part; io.EOF behind the last.
func (s *fileSource) open() error {
	if s.following == len(s.listing.Parts) {
		return io.EOF
	}
	p := s.listing.Parts[s.following]
	s.following++
	r, err := openPart(s.ctx, p, s.activation, profile.Reading{Now: s.options.Now, AsOf: s.listing.PartAsOf(p), Seen: s.options.Seen}, &s.read)
	if err != nil {
		return err
	}
	s.current, s.taken = r, 0
	if records, ok := r.recordSource.(*jsonSource); ok && len(s.listing.Parts) > 1 {
		return records.refuseStray()
	}
	return nil
}

func (s *fileSource) next() (audience.Record, error) {
	for {
		record, err := s.record()
		if !errors.Is(err, io.EOF) {
			return record, err
		}
		if s.following == len(s.listing.Parts) {
			return audience.Record{}, io.EOF
		}
		if err := s.current.close(); err != nil {
			return audience.Record{}, err
		}
		s.current = nil
		if err := s.open(); err != nil {
			return audience.Record{}, err
		}
	}
}

// record gives the next one of the current part; io.EOF behind its last, or the
// last of the sample.
func (s *fileSource) record() (audience.Record, error) {
	if s.options.Sample == 0 || s.taken < s.options.Sample {
		s.taken++
		return s.current.next()
	}
	s.options.Seen.Pass(true)
	_, err := s.current.next()
	s.options.Seen.Pass(false)
	s.passedOver = s.passedOver || !errors.Is(err, io.EOF)
	return audience.Record{}, io.EOF
}

func (s *fileSource) name() string     { return s.listing.Name }
func (s *fileSource) identity() string { return s.listing.Identity() }
func (s *fileSource) asOf() time.Time  { return s.listing.AsOf() }
func (s *fileSource) size() int64      { return s.listing.Size() }
func (s *fileSource) bytesRead() int64 { return s.read.Load() }

func (s *fileSource) sampled() bool { return s.passedOver }

func (s *fileSource) at() string { return s.listing.Parts[s.following-1].Name }

func (s *fileSource) unchanged() error {
	now, err := s.list(s.ctx)
	if err == nil && now.Identity() == s.listing.Identity() {
		return nil
	}
	return &audience.SourceError{Cause: audience.CauseChanged, Source: s.listing.Name,
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

package source

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/files"
	"audienceflow/audience/profile"
)

// Options are what a reader needs from its caller.
type Options struct {
	// Now decides what is more than 24 h ahead; zero means time.Now.
	Now time.Time
	// Roots are the local folders that may be read; none means the activation
	// file's own and the working folder.
	Roots []string
	// DatabaseURL is the connection of a SQL source, in full.
	DatabaseURL string
	// Seen counts what the source holds of what the activation names; nil for
	// nobody who asks.
	Seen *Seen
	// Sample is how many records are read of a query, or of each file; 0 for
	// all of them.
	Sample int64
}

// Seen counts what a source holds of what an activation names.
type Seen = profile.Seen

// Reader reads the records of one audience from its source. It is used by one
// goroutine; BytesRead alone may be called from others.
type Reader struct {
	ctx      context.Context
	source   pinned
	position int64
	err      error
}

// pinned is a source that was opened and must stay what it is.
type pinned interface {
	recordSource
	identity() string
	asOf() time.Time
	size() int64
	bytesRead() int64
	// sampled tells that records were passed over for a sample's sake.
	sampled() bool
	name() string
	// at names the source, or the part of it that is being read.
	at() string
	// unchanged checks that the source is still what was opened.
	unchanged() error
	close() error
}

// Open opens the activation's source and pins it. ctx bounds the whole
// reading. A *SourceError says why the source cannot be read.
func Open(ctx context.Context, a audience.Activation, o Options) (*Reader, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if a.Source.Stream {
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Source: "stream", Message: "the source is a stream, which is received and not opened"}
	}
	source, err := openSource(ctx, a, o)
	if err != nil {
		return nil, err
	}
	return &Reader{ctx: ctx, source: source}, nil
}

func openSource(ctx context.Context, a audience.Activation, o Options) (pinned, error) {
	if a.Source.SQL != "" {
		return openSQL(ctx, a, o)
	}
	if isLocal(a.Source.URL) {
		allowed := files.RootsFor(a, o.Roots)
		list := func(context.Context) (files.Listing, error) { return files.ListLocal(a.Source.URL, allowed) }
		return openFiles(ctx, a, o, list, func() error { return nil })
	}
	b, err := files.OpenBucket(ctx, a.Source.URL)
	if err != nil {
		return nil, err
	}
	return openFiles(ctx, a, o, b.List, b.Close)
}

// Identity is the source's pinned identity: it is equal as long as the source
// is the same.
func (r *Reader) Identity() string { return r.source.identity() }

// Name is the source's path or URL, or says which database it is a query on.
func (r *Reader) Name() string { return r.source.name() }

// Part is the path or URL of the file that is being read, where the source has
// several; "" where it has one.
func (r *Reader) Part() string {
	if at := r.source.at(); at != r.source.name() {
		return at
	}
	return ""
}

// AsOf is the source's own time, UTC to the microsecond.
func (r *Reader) AsOf() time.Time { return r.source.asOf() }

// Repeatable tells whether opening the source again gives the same records at
// the same positions. A query does not: what was read of it is of no use to
// another attempt, which has to start from nothing.
func (r *Reader) Repeatable() bool {
	_, query := r.source.(*sqlSource)
	return !query
}

// Size is the source's size in bytes, 0 when it is not known.
func (r *Reader) Size() int64 { return r.source.size() }

// BytesRead is how much of Size has been read.
func (r *Reader) BytesRead() int64 { return r.source.bytesRead() }

// Sampled tells that some records were passed over, as Options.Sample says.
func (r *Reader) Sampled() bool { return r.source.sampled() }

// checkEvery is how many records pass between looks at the context.
const checkEvery = 1 << 10

// Next gives the next record: io.EOF at a clean end, *SourceError for what
// must stop the run. An error comes again on every later call.
func (r *Reader) Next() (audience.Record, error) {
	if r.err != nil {
		return audience.Record{}, r.err
	}
	if r.position%checkEvery == 0 && r.ctx.Err() != nil {
		return audience.Record{}, r.ctx.Err()
	}
	record, err := r.source.next()
	if err != nil {
		r.err = failure(r.ctx, r.source, err)
		return audience.Record{}, r.err
	}
	r.position++
	record.Position = r.position
	return record, nil
}

// Close releases the source.
func (r *Reader) Close() error { return r.source.close() }

// failure turns an error of reading into what it means for the run. A source
// that changed says so, whatever else went wrong.
func failure(ctx context.Context, source pinned, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if changed := source.unchanged(); changed != nil {
		return changed
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return explain(source.at(), err)
}

// explain makes a SourceError of an error of reading, and names the source in one that does not.
func explain(name string, err error) error {
	var known *audience.SourceError
	switch {
	case errors.As(err, &known):
		if known.Source == "" {
			known.Source = name
		}
		return known
	case isCutStream(err):
		return &audience.SourceError{Cause: audience.CauseCut, Source: name, Message: "the compressed file ends too early or is damaged; export it again", Err: err}
	}
	return &audience.SourceError{Cause: audience.CauseRead, Source: name, Message: "reading failed", Err: files.SystemError(err)}
}

// isLocal tells whether a source's URL is a path of this host.
func isLocal(url string) bool { return !strings.Contains(url, "://") }

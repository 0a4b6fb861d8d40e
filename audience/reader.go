package audience

import (
	"compress/flate"
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

// Reader reads the records of one audience from its source. It is used by one
// goroutine; BytesRead alone may be called from others.
type Reader struct {
	ctx      context.Context
	name     string
	identity string
	asOf     time.Time
	size     int64
	progress func() int64
	records  recordSource
	// unchanged checks, at the end and on failure, that the source is still
	// what was opened.
	unchanged func() error
	close     func() error
	position  int64
	err       error
}

// Open opens the activation's source and pins it. ctx bounds the whole
// reading. A *SourceError says why the source cannot be read.
func Open(ctx context.Context, a Activation, o OpenOptions) (*Reader, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	switch {
	case a.Source.Stream:
		return nil, &SourceError{Cause: CauseFormat, Source: "stream", Message: "the source is a stream, which is received and not opened"}
	default:
		return openLocalFile(ctx, a, o)
	}
}

// openLocalFile reads a single file of this host.
func openLocalFile(ctx context.Context, a Activation, o OpenOptions) (*Reader, error) {
	file, err := openLocal(a.Source.URL, o.Roots)
	if err != nil {
		return nil, err
	}
	count := &counter{r: file.file}
	r := &Reader{ctx: ctx, name: file.path, identity: file.identity(), asOf: file.asOf(), size: file.info.Size(),
		progress: count.n.Load, unchanged: file.unchanged, close: file.file.Close}
	r.records, err = newRecords(count, a, file.path, o.Now, r.asOf)
	if err != nil {
		return nil, errors.Join(r.failure(err), r.Close())
	}
	return r, nil
}

// newRecords reads the stream of one file in its format.
func newRecords(stream io.Reader, a Activation, name string, now, asOf time.Time) (recordSource, error) {
	in, err := unpack(stream)
	if err != nil {
		return nil, err
	}
	if err := checkText(in); err != nil {
		return nil, err
	}
	format := a.Source.Format
	if format == "" || format == FormatAuto {
		if format, err = detectFormat(in, name); err != nil {
			return nil, err
		}
	}
	if format == FormatCSV {
		return newCSVSource(in, tableDecoder{activation: a, clock: newClock(now), asOf: asOf})
	}
	return jsonRecords(in, a, now, asOf)
}

func jsonRecords(in io.Reader, a Activation, now, asOf time.Time) (recordSource, error) {
	d, err := newDecoder(a, now, asOf)
	if err != nil {
		return nil, &cutError{CauseHeader, 0, err.Error()}
	}
	return newJSONSource(in, d), nil
}

// Identity is the source's pinned identity: it is equal as long as the source
// is the same.
func (r *Reader) Identity() string { return r.identity }

// AsOf is the source's own time, UTC to the microsecond.
func (r *Reader) AsOf() time.Time { return r.asOf }

// Size is the source's size in bytes, 0 when it is not known.
func (r *Reader) Size() int64 { return r.size }

// BytesRead is how much of Size has been read.
func (r *Reader) BytesRead() int64 { return r.progress() }

// checkEvery is how many records pass between looks at the context.
const checkEvery = 1 << 10

// Next gives the next record: io.EOF at a clean end, *SourceError for what
// must stop the run. An error comes again on every later call.
func (r *Reader) Next() (Record, error) {
	if r.err != nil {
		return Record{}, r.err
	}
	if r.position%checkEvery == 0 && r.ctx.Err() != nil {
		return Record{}, r.ctx.Err()
	}
	record, err := r.records.next()
	if err != nil {
		r.err = r.failure(err)
		return Record{}, r.err
	}
	r.position++
	record.Position = r.position
	return record, nil
}

// Close releases the source.
func (r *Reader) Close() error { return r.close() }

// failure turns an error of reading into what it means for the run. A source
// that changed says so, whatever else went wrong.
func (r *Reader) failure(err error) error {
	if changed := r.unchanged(); changed != nil {
		return changed
	}
	var cut *cutError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &cut):
		return &SourceError{Cause: cut.cause, Source: r.name, Line: cut.line, Message: cut.message}
	case isCutStream(err):
		return &SourceError{Cause: CauseCut, Source: r.name, Message: "the compressed file ends too early or is damaged; export it again", Err: err}
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	}
	return &SourceError{Cause: CauseRead, Source: r.name, Message: "reading failed", Err: pathCause(err)}
}

func isFlateError(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}

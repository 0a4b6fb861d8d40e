package audience

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// partReader reads one part of a source.
type partReader struct {
	recordSource
	name  string
	close func() error
}

// openPart opens a part and reads its header, if it has one.
func openPart(ctx context.Context, p part, a Activation, now, asOf time.Time, read *atomic.Int64) (*partReader, error) {
	file, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	in, err := unpack(counter{r: file, n: read})
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r := &partReader{name: p.name, close: func() error {
		in.close()
		return file.Close()
	}}
	r.recordSource, err = newRecords(in, a, p.name, now, asOf)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// newRecords reads an unpacked stream in its format.
func newRecords(in unpacked, a Activation, name string, now, asOf time.Time) (recordSource, error) {
	if err := checkText(in); err != nil {
		return nil, err
	}
	format := a.Source.Format
	if format == "" || format == FormatAuto {
		var err error
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

package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"audienceflow/audience"
	"audienceflow/audience/files"
	"audienceflow/audience/profile"
)

// partReader reads one part of a source.
type partReader struct {
	recordSource
	name  string
	close func() error
}

// openPart opens a part and reads its header, if it has one.
func openPart(ctx context.Context, p files.Part, a audience.Activation, reading profile.Reading, read *atomic.Int64) (*partReader, error) {
	file, err := p.Open(ctx)
	if err != nil {
		return nil, err
	}
	start, err := readStart(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if isParquet(start, a.Source.Format) {
		return openParquet(p, file, start, a, reading, read)
	}
	if a.Source.Format == audience.FormatParquet {
		return nil, errors.Join(&audience.SourceError{Cause: audience.CauseFormat, Source: p.Name, Message: "this is no Parquet file; check source.format"}, file.Close())
	}
	in, err := unpack(io.MultiReader(bytes.NewReader(start), counter{ctx: ctx, r: file, n: read}))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	read.Add(int64(len(start)))
	r := &partReader{name: p.Name, close: func() error {
		in.close()
		return file.Close()
	}}
	r.recordSource, err = newRecords(in, a, p.Name, reading)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// readStart reads enough of a file to know its kind.
func readStart(file io.Reader) ([]byte, error) {
	start := make([]byte, len(parquetMagic))
	n, err := io.ReadFull(file, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], err
}

func isParquet(start []byte, format string) bool {
	return bytes.Equal(start, parquetMagic) && (format == "" || format == audience.FormatAuto || format == audience.FormatParquet)
}

func openParquet(p files.Part, file io.ReadCloser, start []byte, a audience.Activation, reading profile.Reading, read *atomic.Int64) (*partReader, error) {
	whole, err := atAnyPlace(file, start)
	if err != nil {
		return nil, err
	}
	s, err := newParquetSource(whole, p.Size, a, reading, read)
	if err != nil {
		return nil, errors.Join(err, whole.Close())
	}
	return &partReader{recordSource: s, name: p.Name, close: func() error { return errors.Join(s.close(), whole.Close()) }}, nil
}

// newRecords reads an unpacked stream in its format.
func newRecords(in unpacked, a audience.Activation, name string, reading profile.Reading) (recordSource, error) {
	text, err := textOf(in.Reader, a.Source.Encoding)
	if err != nil {
		return nil, err
	}
	format := a.Source.Format
	if format == "" || format == audience.FormatAuto {
		if format, err = detectFormat(text, name); err != nil {
			return nil, err
		}
	}
	if format == audience.FormatCSV {
		return newCSVSource(lineEnds(text), a, reading)
	}
	return jsonRecords(text, a, reading)
}

func jsonRecords(in io.Reader, a audience.Activation, reading profile.Reading) (recordSource, error) {
	d, err := profile.NewDecoder(a, reading)
	if err != nil {
		return nil, &audience.SourceError{Cause: audience.CauseHeader, Message: err.Error()}
	}
	return newJSONSource(in, d), nil
}

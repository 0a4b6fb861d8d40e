package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"audienceflow/audience"
	"audienceflow/audience/profile"
)

// recordSource gives the records of a source, without their positions.
type recordSource interface {
	// next gives io.EOF at a clean end, a *SourceError, without the name of the source, for what must stop the run.
	next() (audience.Record, error)
}

// csvSource reads a CSV stream for one audience.
type csvSource struct {
	rows    csvRows
	table   func(header []string) (profile.Table, error)
	decoder profile.Table
	width   int
}

// newCSVSource reads the header at once.
func newCSVSource(r io.Reader, a audience.Activation, now, asOf time.Time) (*csvSource, error) {
	s := &csvSource{rows: csvRows{w: newWindow(r), comma: ','}}
	s.table = func(header []string) (profile.Table, error) { return profile.NewTable(a, header, now, asOf) }
	if err := s.header(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *csvSource) next() (audience.Record, error) {
	row, err := s.rows.next()
	if err != nil {
		return audience.Record{}, err
	}
	bad := row.broken
	switch {
	case bad != "":
	case len(row.fields) < s.width && row.unended:
		return audience.Record{}, cutRecord(row.line)
	case len(row.fields) != s.width:
		bad = fmt.Sprintf("%d columns instead of the header's %d", len(row.fields), s.width)
	case !validText(row.fields):
		bad = noUTF8
	}
	if bad != "" {
		return audience.Record{Line: row.line, Kind: audience.RecordExcluded, Reason: audience.ReasonUnreadable, Detail: bad}, nil
	}
	record := s.decoder.Read(row.fields)
	record.Line = row.line
	return record, nil
}

// header reads the header and finds the activation's columns in it.
func (s *csvSource) header() error {
	w := s.rows.w
	if err := w.more(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(w.data(), utf8Mark) {
		w.pos += len(utf8Mark)
	}
	if first, _, ok := bytes.Cut(w.data(), []byte{'\n'}); ok || w.err != nil {
		s.rows.comma = separatorOf(string(first))
	}
	row, err := s.rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return &audience.SourceError{Cause: audience.CauseHeader, Message: "the file is empty; a CSV file needs a header line that names its columns"}
	case err != nil:
		return err
	case row.broken != "":
		return &audience.SourceError{Cause: audience.CauseHeader, Line: row.line, Message: "the header cannot be read: " + row.broken}
	case !validText(row.fields):
		return &audience.SourceError{Cause: audience.CauseFormat, Line: row.line, Message: "the header holds bytes that are no UTF-8; save the file as CSV UTF-8"}
	}
	header := make([]string, len(row.fields))
	for i, name := range row.fields {
		header[i] = strings.TrimSpace(name)
	}
	s.width = len(header)
	s.decoder, err = s.table(header)
	return err
}

func validText(fields []string) bool {
	for _, f := range fields {
		if !utf8.ValidString(f) {
			return false
		}
	}
	return true
}

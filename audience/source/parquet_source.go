package source

import (
	"errors"
	"io"
	"sync/atomic"
	"unicode/utf8"

	"audienceflow/audience"
	"audienceflow/audience/profile"
	"audienceflow/runs"
)

var parquetMagic = []byte("PAR1")

// parquetDamaged says nothing of the library's own words, which may quote the
// file.
const parquetDamaged = "the Parquet file is cut or damaged; export it again"

// Parquet is a Parquet file that is read row by row. It may panic where the
// file is damaged.
type Parquet interface {
	// Has tells whether there is a column of this name at the top.
	Has(name string) bool
	// Header names the columns that have one value in a row, by their paths.
	Header() []string
	// Rows is how many rows the file says it has.
	Rows() int64
	// Next goes to the next row, the first at first; io.EOF behind the last.
	Next() error
	// Object is the row as a JSON object, until the next one.
	Object() []byte
	// Cells gives the texts of the row in the columns of Header.
	Cells(to []string)
	Close() error
}

// openParquetFile opens a Parquet file, whose columns lose a prefix. It is
// there where audience/parquet is linked in.
var openParquetFile func(in io.ReaderAt, size int64, prefix string) (Parquet, error)

// RegisterParquet makes Parquet files readable. It is called by audience/parquet
// as the program starts.
func RegisterParquet(open func(in io.ReaderAt, size int64, prefix string) (Parquet, error)) {
	openParquetFile = open
}

// parquetSource reads a Parquet file for one audience: as profiles when it has
// memberships and no status column is named, else as a table whose columns
// are named by their paths.
type parquetSource struct {
	file Parquet
	line int64

	table    *profile.Table
	fields   []string
	profiles *profile.Decoder
	members  []profile.Member

	read   *atomic.Int64
	size   int64
	booked int64
}

func newParquetSource(in io.ReaderAt, size int64, a audience.Activation, reading profile.Reading, read *atomic.Int64) (s *parquetSource, err error) {
	defer rescue(&err)
	if openParquetFile == nil {
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Message: "this program was built without a reader of Parquet files"}
	}
	file, err := openParquetFile(in, size, profile.XDMPrefix)
	if err != nil {
		return nil, &audience.SourceError{Cause: audience.CauseCut, Message: parquetDamaged}
	}
	s = &parquetSource{file: file, read: read, size: size}
	source := a.Source
	if source.Status == "" && source.ConstantStatus == "" && file.Has("segmentMembership") {
		s.profiles, err = profile.NewDecoder(a, reading)
		if err != nil {
			return nil, &audience.SourceError{Cause: audience.CauseHeader, Message: err.Error()}
		}
		return s, nil
	}
	table, err := profile.NewTable(a, file.Header(), reading)
	s.table = &table
	s.fields = make([]string, len(file.Header()))
	return s, err
}

func (s *parquetSource) next() (record audience.Record, err error) {
	defer rescue(&err)
	if err := s.file.Next(); err != nil {
		if errors.Is(err, io.EOF) {
			return audience.Record{}, io.EOF
		}
		return audience.Record{}, &audience.SourceError{Cause: audience.CauseCut, Line: s.line + 1, Message: parquetDamaged}
	}
	s.line++
	s.book()
	record, bad := s.decode()
	if bad != "" {
		record = audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable, Detail: bad}
	}
	record.Line = s.line
	return record, nil
}

func (s *parquetSource) decode() (record audience.Record, bad string) {
	if s.profiles == nil {
		return s.decodeTable()
	}
	frame := jsonFrame{data: s.file.Object()}
	p, bad := frame.profile(s.members)
	if bad != "" {
		return audience.Record{}, bad
	}
	s.members = p.Members
	return s.profiles.Read(p, nil), ""
}

func (s *parquetSource) decodeTable() (record audience.Record, bad string) {
	s.file.Cells(s.fields)
	for _, field := range s.fields {
		if !utf8.ValidString(field) {
			return audience.Record{}, noUTF8
		}
	}
	return s.table.Read(s.fields, nil), ""
}

// book counts progress by rows: columns are read here and there in the file.
func (s *parquetSource) book() {
	if total := s.file.Rows(); total > 0 {
		now := int64(float64(s.size) * float64(s.line) / float64(total))
		s.read.Add(now - s.booked)
		s.booked = now
	}
}

func (s *parquetSource) close() error { return s.file.Close() }

// rescue turns a panic of the Parquet library, which trusts its files, into an
// error of the source.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = &audience.SourceError{Cause: audience.CauseCut, Message: parquetDamaged}
	}
}

package audience

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

var parquetMagic = []byte("PAR1")

const (
	// parquetRows is how many rows are taken at a time.
	parquetRows = 128
	// parquetBuffer is what each column reads ahead.
	parquetBuffer = 64 << 10
)

// parquetSource reads a Parquet file for one audience: as profiles when it has
// memberships and no status column is named, else as a table whose columns
// are named by their paths.
type parquetSource struct {
	file   *parquet.File
	tree   parquetNode
	leaves []parquetNode // by column
	row    parquetRow
	groups []parquet.RowGroup
	rows   parquet.Rows
	buffer []parquet.Row
	at, n  int
	line   int64

	table    *tableDecoder
	flat     []int // the columns of a table, in the order of its header
	fields   []string
	profiles *decoder
	members  []member

	read   *atomic.Int64
	size   int64
	booked int64
}

func newParquetSource(in io.ReaderAt, size int64, a Activation, now, asOf time.Time, read *atomic.Int64) (s *parquetSource, err error) {
	defer rescue(&err)
	file, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(parquetBuffer))
	if err != nil {
		return nil, &cutError{CauseCut, 0, fmt.Sprintf("the Parquet file is cut or damaged (%v); export it again", err)}
	}
	s = &parquetSource{file: file, groups: file.RowGroups(), buffer: make([]parquet.Row, parquetRows), read: read, size: size}
	s.tree, _ = readTree(file.Root(), 0, 0, 0)
	s.leaves = s.tree.appendLeaves(nil)
	source := a.Source
	if source.Status == "" && source.ConstantStatus == "" && s.has("segmentMembership") {
		s.profiles, err = newDecoder(a, now, asOf)
		if err != nil {
			return nil, &cutError{CauseHeader, 0, err.Error()}
		}
		return s, nil
	}
	return s, s.openTable(a, now, asOf)
}

func (s *parquetSource) has(name string) bool {
	for _, child := range s.tree.children {
		if child.name == name {
			return true
		}
	}
	return false
}

func (s *parquetSource) openTable(a Activation, now, asOf time.Time) error {
	named := map[int]string{}
	s.tree.flatColumns("", named)
	var header []string
	for column := range s.tree.to {
		if name, ok := named[column]; ok {
			s.flat, header = append(s.flat, column), append(header, name)
		}
	}
	columns, err := findColumns(a, header)
	s.table = &tableDecoder{activation: a, columns: columns, clock: newClock(now), asOf: asOf}
	s.fields = make([]string, len(header))
	return err
}

func (s *parquetSource) next() (record Record, err error) {
	defer rescue(&err)
	if s.at == s.n {
		if err := s.more(); err != nil {
			return Record{}, err
		}
	}
	s.row.reset(s.buffer[s.at], s.tree.to)
	s.at++
	s.line++
	record, bad := s.decode()
	if bad != "" {
		record = Record{Kind: RecordExcluded, Reason: ReasonUnreadable, Detail: bad}
	}
	record.Line = s.line
	return record, nil
}

func (s *parquetSource) decode() (record Record, bad string) {
	if s.profiles == nil {
		return s.decodeTable()
	}
	s.row.writeGroup(&s.tree)
	frame := jsonFrame{data: s.row.out}
	p, bad := frame.profile(s.members)
	if bad != "" {
		return Record{}, bad
	}
	s.members = p.members
	return s.profiles.read(p, nil), ""
}

func (s *parquetSource) decodeTable() (record Record, bad string) {
	for i, column := range s.flat {
		s.fields[i] = ""
		values := s.row.columns[column]
		if len(values) == 0 || values[0].IsNull() {
			continue
		}
		s.fields[i], _ = s.leaves[column].text(values[0])
		if !utf8.ValidString(s.fields[i]) {
			return Record{}, noUTF8
		}
	}
	return s.table.read(s.fields), ""
}

// more takes the next rows.
func (s *parquetSource) more() error {
	for {
		if s.rows == nil {
			if len(s.groups) == 0 {
				return io.EOF
			}
			s.rows, s.groups = s.groups[0].Rows(), s.groups[1:]
		}
		n, err := s.rows.ReadRows(s.buffer)
		if err != nil && !errors.Is(err, io.EOF) {
			return &cutError{CauseCut, s.line + 1, fmt.Sprintf("the Parquet file is cut or damaged (%v); export it again", err)}
		}
		s.at, s.n = 0, n
		s.book(int64(n))
		if n > 0 {
			return nil
		}
		if err := s.close(); err != nil {
			return err
		}
	}
}

// book counts progress by rows: columns are read here and there in the file.
func (s *parquetSource) book(rows int64) {
	if total := s.file.NumRows(); total > 0 {
		now := int64(float64(s.size) * float64(s.line+rows) / float64(total))
		s.read.Add(now - s.booked)
		s.booked = now
	}
}

func (s *parquetSource) close() error {
	if s.rows == nil {
		return nil
	}
	rows := s.rows
	s.rows = nil
	return rows.Close()
}

// rescue turns a panic of the Parquet library, which trusts its files, into an
// error of the source.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = &cutError{CauseCut, 0, "the Parquet file is damaged; export it again"}
	}
}

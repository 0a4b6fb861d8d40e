// Package parquet reads Parquet files for the sources of audiences. A program that reads sources
// imports it for that alone; those that only read activation files do not pay for it.
package parquet

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"

	"audienceflow/audience/source"
)

const (
	// chunk is how many rows are taken at a time.
	chunk = 128
	// readAhead is what each column reads ahead.
	readAhead = 64 << 10
)

func init() { source.RegisterParquet(open) }

// file is a Parquet file at one of its rows.
type file struct {
	rowCount int64
	tree     node
	leaves   []node // by column
	header   []string
	flat     []int // the columns of header
	row      values
	groups   []parquet.RowGroup
	rows     parquet.Rows
	buffer   []parquet.Row
	at, n    int
}

func open(in io.ReaderAt, size int64, prefix string) (source.Parquet, error) {
	if err := checkFooter(in, size); err != nil {
		return nil, err
	}
	opened, err := parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.ReadBufferSize(readAhead))
	if err != nil {
		return nil, err
	}
	f := &file{rowCount: opened.NumRows(), groups: opened.RowGroups(), buffer: make([]parquet.Row, chunk)}
	f.tree, _ = readTree(opened.Root(), prefix, 0, 0, 0)
	f.leaves = f.tree.appendLeaves(nil)
	named := map[int]string{}
	f.tree.flatColumns("", named)
	for column := range f.tree.to {
		if name, ok := named[column]; ok {
			f.flat, f.header = append(f.flat, column), append(f.header, name)
		}
	}
	return f, nil
}

// maxFooter bounds what a file says of itself; a thousand groups of a thousand columns take less.
const maxFooter = 256 << 20

// checkFooter compares the length of the footer with the file's: the library takes memory for it
// before it looks.
func checkFooter(in io.ReaderAt, size int64) error {
	var end [8]byte // the footer's length, and a mark
	if size < int64(len(end)) {
		return io.ErrUnexpectedEOF
	}
	if _, err := in.ReadAt(end[:], size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(end[:4]))
	if length > min(size-int64(len(end)), maxFooter) {
		return errors.New("the footer is longer than its file")
	}
	return nil
}

func (f *file) Has(name string) bool {
	for _, child := range f.tree.children {
		if child.name == name {
			return true
		}
	}
	return false
}

func (f *file) Header() []string { return f.header }

func (f *file) Rows() int64 { return f.rowCount }

func (f *file) Next() error {
	if f.at == f.n {
		if err := f.more(); err != nil {
			return err
		}
	}
	f.row.reset(f.buffer[f.at], f.tree.to)
	f.at++
	return nil
}

func (f *file) Object() []byte {
	f.row.writeGroup(&f.tree)
	return f.row.out
}

func (f *file) Cells(to []string) {
	for i, column := range f.flat {
		to[i] = ""
		if held := f.row.columns[column]; len(held) > 0 && !held[0].IsNull() {
			to[i], _ = f.leaves[column].text(held[0])
		}
	}
}

// more takes the next rows.
func (f *file) more() error {
	for {
		if f.rows == nil {
			if len(f.groups) == 0 {
				return io.EOF
			}
			f.rows, f.groups = f.groups[0].Rows(), f.groups[1:]
		}
		n, err := f.rows.ReadRows(f.buffer)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		f.at, f.n = 0, n
		if n > 0 {
			return nil
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
}

func (f *file) Close() error {
	if f.rows == nil {
		return nil
	}
	rows := f.rows
	f.rows = nil
	return rows.Close()
}

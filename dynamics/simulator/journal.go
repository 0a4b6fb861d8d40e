package simulator

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// journal keeps the rows on disk: a file of committed transactions, each with its length and
// checksum. A transaction is handed to the operating system before its request is answered, so that
// killing the process loses nothing that a client was told; what a power cut tears off is cut away
// at the next start. Starting and stopping rewrite the file to one transaction per few rows, which
// is a snapshot.
type journal struct {
	file  *os.File
	path  string
	size  int64
	codes map[*attribute]uint64
	fresh []*attribute // named in the log of the running transaction alone
}

const (
	journalName   = "rows.journal"
	journalHeader = "dataverse rows 1\n"
	recordHeader  = 8 // length and checksum
	maxRecord     = 1 << 30

	opColumn = 'C'
	opPut    = 'P'
	opDelete = 'D'

	classEmpty = 0
	classText  = 1
	classNum   = 2
	classRef   = 3
	classNull  = 4
)

// snapshotRows is how many rows share one record of a snapshot.
const snapshotRows = 1000

func (j *journal) append(log []byte) error {
	record := make([]byte, recordHeader, recordHeader+len(log))
	binary.LittleEndian.PutUint32(record, uint32(len(log)))
	binary.LittleEndian.PutUint32(record[4:], crc32.ChecksumIEEE(log))
	if _, err := j.file.Write(append(record, log...)); err != nil {
		return fmt.Errorf("keep rows in %s: %w", j.path, errors.Join(err, j.takeBack()))
	}
	j.size += recordHeader + int64(len(log))
	j.fresh = j.fresh[:0]
	return nil
}

// takeBack cuts off what a failed write left, since no record behind it would be read.
func (j *journal) takeBack() error {
	j.forget()
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	_, err := j.file.Seek(j.size, io.SeekStart)
	return err
}

// forget takes back the names that a log which is not written would have brought.
func (j *journal) forget() {
	for _, c := range j.fresh {
		delete(j.codes, c)
	}
	j.fresh = j.fresh[:0]
}

// appendPut notes the cells just set. Names of columns are written once per file, then a number
// stands for them.
func (j *journal) appendPut(b []byte, t *table, row uint32, cells []assignment) []byte {
	for i := range cells {
		b = j.define(b, t, cells[i].column)
	}
	b = append(b, opPut, byte(t.typeCode))
	b = append(b, t.ids[row][:]...)
	b = binary.AppendVarint(b, t.versions[row])
	b = binary.AppendVarint(b, t.created[row])
	b = binary.AppendVarint(b, t.modified[row])
	b = append(b, t.modifiedBy[row])
	b = binary.AppendUvarint(b, uint64(len(cells)))
	for i := range cells {
		b = binary.AppendUvarint(b, j.codes[cells[i].column])
		b = appendCell(b, cells[i].column, cells[i].value)
	}
	return b
}

func (j *journal) define(b []byte, t *table, c *attribute) []byte {
	if _, known := j.codes[c]; known {
		return b
	}
	code := uint64(len(j.codes))
	j.codes[c] = code
	j.fresh = append(j.fresh, c)
	b = append(b, opColumn, byte(t.typeCode))
	b = binary.AppendUvarint(b, code)
	return appendBytes(b, c.name)
}

func appendBytes(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendCell(b []byte, c *attribute, v cell) []byte {
	switch {
	case v.null:
		return append(b, classNull)
	case !v.set:
		return append(b, classEmpty)
	case c.kind.isText():
		return appendBytes(append(b, classText), v.text)
	case c.kind.isGUID():
		b = append(b, classRef, v.ref)
		return append(b, v.id[:]...)
	default:
		return binary.AppendVarint(append(b, classNum), v.num)
	}
}

func (j *journal) appendDelete(b []byte, t *table, id guid) []byte {
	b = append(b, opDelete, byte(t.typeCode))
	return append(b, id[:]...)
}

// openJournal reads what DIR holds into d and says whether it held anything; then it rewrites the
// file.
func (d *database) openJournal(dir string) (held bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // rows name people
		return false, fmt.Errorf("make the data folder: %w", err)
	}
	if err := keepPrivate(dir); err != nil {
		return false, fmt.Errorf("take the rights of others from the data folder: %w", err)
	}
	if err := removeTorn(dir); err != nil {
		return false, err
	}
	path := filepath.Join(dir, journalName)
	file, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read kept rows: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err := d.replay(bufio.NewReaderSize(file, 1<<20)); err != nil {
		return false, fmt.Errorf("read kept rows from %s: %w", path, err)
	}
	return true, nil
}

// removeTorn removes what a killed process left of a rewriting.
func removeTorn(dir string) error {
	torn, err := filepath.Glob(filepath.Join(dir, journalName+".*"))
	if err != nil {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	for _, path := range torn {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove a torn file: %w", err)
		}
	}
	return nil
}

// keep writes all rows as a fresh journal in DIR and goes on appending to it.
func (d *database) keep(dir string) error {
	path := filepath.Join(dir, journalName)
	next, err := os.CreateTemp(dir, journalName+".*")
	if err != nil {
		return fmt.Errorf("keep rows: %w", err)
	}
	j := &journal{file: next, path: path, codes: map[*attribute]uint64{}}
	if err := d.snapshot(j); err != nil {
		return errors.Join(fmt.Errorf("keep rows in %s: %w", dir, err), next.Close(), os.Remove(next.Name()))
	}
	if err := os.Rename(next.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("keep rows: %w", err), next.Close(), os.Remove(next.Name()))
	}
	if d.journal != nil {
		if err := d.journal.file.Close(); err != nil {
			return fmt.Errorf("keep rows: %w", err)
		}
	}
	d.journal = j
	return nil
}

func (d *database) snapshot(j *journal) error {
	if _, err := io.WriteString(j.file, journalHeader); err != nil {
		return err
	}
	j.size = int64(len(journalHeader))
	for _, t := range d.tables {
		if err := t.snapshot(j); err != nil {
			return err
		}
	}
	return j.file.Sync()
}

func (t *table) snapshot(j *journal) error {
	var log []byte
	var cells []assignment
	for i, row := range t.sorted() {
		cells = t.storedCells(cells[:0], row)
		log = j.appendPut(log, t, row, cells)
		if (i+1)%snapshotRows == 0 {
			if err := j.append(log); err != nil {
				return err
			}
			log = log[:0]
		}
	}
	if len(log) == 0 {
		return nil
	}
	return j.append(log)
}

func (t *table) storedCells(cells []assignment, row uint32) []assignment {
	for _, c := range t.columns {
		if c.compute != nil {
			continue
		}
		if v := c.stored(row); v.set || v.null {
			cells = append(cells, assignment{c, v})
		}
	}
	return cells
}

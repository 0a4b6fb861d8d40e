package store

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// blockRows is how many rows a block holds: a merge keeps one block of every chunk in memory, so that ten million records in
// chunks of 5,000 take 2,000 blocks of about 8 KiB.
const blockRows = 32

// stagedRow is a StagedRow with the rows it has overtaken, as blocks keep it.
type stagedRow struct {
	*StagedRow
	losers int64
}

// beats reports whether a row overtakes another one of the same contact.
func (r *StagedRow) beats(other *StagedRow) bool {
	order := r.key().compare(other.key())
	return order > 0 || order == 0 && r.Position > other.Position
}

// survivors are the rows of a chunk, one per contact, in contact order.
type survivors []stagedRow

// newest keeps the latest row of each contact.
func newest(rows []StagedRow) survivors {
	s := make(survivors, 0, len(rows))
	at := make(map[string]int, len(rows))
	for i := range rows {
		row := &rows[i]
		n, seen := at[row.Contact]
		if !seen {
			at[row.Contact] = len(s)
			s = append(s, stagedRow{StagedRow: row})
			continue
		}
		s[n].losers++
		if row.beats(s[n].StagedRow) {
			s[n].StagedRow = row
		}
	}
	slices.SortFunc(s, func(a, b stagedRow) int { return strings.Compare(a.Contact, b.Contact) })
	return s
}

// blocks gives the parameters of putBlocks.
func (s survivors) blocks(run string, segment int64) ([]any, error) {
	var args []any
	n := 0
	for rows := range slices.Chunk(s, blockRows) {
		var data []byte
		var losers int64
		for _, row := range rows {
			if row.Contact == "" {
				return nil, errors.New("a staged row needs a contact")
			}
			data = row.encode(data)
			losers += row.losers
		}
		args = append(args, run, segment, n, rows[len(rows)-1].Contact, len(rows), losers, data)
		n++
	}
	return args, nil
}

const (
	flagExited = 1 << iota
	flagWord
)

// encode appends a row to a block.
func (r stagedRow) encode(to []byte) []byte {
	var flags uint64
	word := ""
	if r.Exited {
		flags |= flagExited
	}
	if r.Word != nil {
		flags |= flagWord
		word = *r.Word
	}
	to = binary.AppendUvarint(to, flags)
	for _, number := range []int64{r.Position, r.Line, micros(r.QualifiedAt), micros(r.AsOf), int64(r.Warnings), r.losers} {
		to = binary.AppendVarint(to, number)
	}
	for _, text := range []string{r.Contact, r.BadColumn, r.BadReason, r.WordMode, word, leftOutText(r.LeftOut)} {
		to = append(binary.AppendUvarint(to, uint64(len(text))), text...)
	}
	return append(binary.AppendUvarint(to, uint64(len(r.Attributes))), r.Attributes...)
}

var errBlock = errors.New("a block of staged rows is damaged: start the run again")

// decode takes the first row off a block.
func decodeRow(from []byte) (row stagedRow, rest []byte, err error) {
	d := decoder{rest: from}
	flags := d.unsigned()
	var numbers [6]int64
	for i := range numbers {
		numbers[i] = d.signed()
	}
	r := &StagedRow{Position: numbers[0], Line: numbers[1], QualifiedAt: fromMicros(numbers[2]), AsOf: fromMicros(numbers[3]), Warnings: int(numbers[4]),
		Exited: flags&flagExited != 0}
	r.Contact, r.BadColumn, r.BadReason, r.WordMode = d.text(), d.text(), d.text(), d.text()
	if word := d.text(); flags&flagWord != 0 {
		r.Word = &word
	}
	if r.LeftOut, err = parseLeftOut(d.text()); err != nil {
		return row, nil, errBlock
	}
	r.Attributes = []byte(d.text())
	if d.bad {
		return row, nil, errBlock
	}
	return stagedRow{StagedRow: r, losers: numbers[5]}, d.rest, nil
}

type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) take(n int) {
	if n <= 0 || n > len(d.rest) {
		d.bad, d.rest = true, nil
		return
	}
	d.rest = d.rest[n:]
}

func (d *decoder) unsigned() uint64 {
	number, n := binary.Uvarint(d.rest)
	d.take(n)
	return number
}

func (d *decoder) signed() int64 {
	number, n := binary.Varint(d.rest)
	d.take(n)
	return number
}

func (d *decoder) text() string {
	size := d.unsigned()
	if size > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return ""
	}
	text := string(d.rest[:size])
	d.rest = d.rest[size:]
	return text
}

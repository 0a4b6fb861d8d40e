package staging

import (
	"encoding/binary"

	"audienceflow/store/sqldb"
)

// StoredRow is a StagedRow as blocks and pages keep it.
type StoredRow struct {
	*Row
	losers int64 // rows of the contact that this one has overtaken
	Absent bool  // an exit by absence
}

const (
	flagExited = 1 << iota
	flagWord
	flagAbsent
	flagOtherAsOf
	flagRecord
)

// encode appends a row to a block or a page.
func (r StoredRow) encode(to []byte) []byte {
	flags := uint64(sqldb.Bit(r.Exited)*flagExited | sqldb.Bit(r.Word != nil)*flagWord | sqldb.Bit(r.Absent)*flagAbsent |
		sqldb.Bit(r.OtherAsOf != "")*flagOtherAsOf | sqldb.Bit(r.Record > 0)*flagRecord)
	word := ""
	if r.Word != nil {
		word = *r.Word
	}
	to = binary.AppendUvarint(to, flags)
	for _, number := range [...]int64{r.Position, r.Line, sqldb.Micros(r.QualifiedAt), sqldb.Micros(r.AsOf), int64(r.Warnings), r.losers} {
		to = binary.AppendVarint(to, number)
	}
	for _, text := range [...]string{r.Contact, r.BadColumn, r.BadReason, r.WordMode, word, leftOutText(r.LeftOut)} {
		to = appendText(to, text)
	}
	to = append(binary.AppendUvarint(to, uint64(len(r.Attributes))), r.Attributes...)
	if r.OtherAsOf != "" {
		to = appendText(to, r.OtherAsOf)
	}
	if r.Record > 0 {
		to = binary.AppendVarint(to, r.Record)
	}
	return to
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

var errDamaged = &sqldb.Damaged{What: "what the store keeps of staged rows"}

// decoder takes apart what encode has put together. What it gives shares the data's memory.
type decoder struct {
	data []byte
	text string // the same
	at   int
	bad  bool
}

func newDecoder(data []byte) *decoder { return &decoder{data: data, text: string(data)} }

func (d *decoder) empty() bool { return d.at == len(d.data) || d.bad }

// row takes the next row.
func (d *decoder) row(into *Row) (StoredRow, error) {
	flags := d.unsigned()
	into.Position, into.Line = d.signed(), d.signed()
	into.QualifiedAt, into.AsOf = sqldb.FromMicros(d.signed()), sqldb.FromMicros(d.signed())
	into.Warnings = int(d.signed())
	row := StoredRow{Row: into, losers: d.signed(), Absent: flags&flagAbsent != 0}
	into.Exited = flags&flagExited != 0
	into.Contact, into.BadColumn, into.BadReason, into.WordMode = d.string(), d.string(), d.string(), d.string()
	if word := d.string(); flags&flagWord != 0 {
		into.Word = new(string)
		*into.Word = word
	}
	leftOut := d.string()
	from, to := d.span()
	into.Attributes = d.data[from:to:to]
	if flags&flagOtherAsOf != 0 {
		into.OtherAsOf = d.string()
	}
	if flags&flagRecord != 0 {
		into.Record = d.signed()
	}
	if d.bad {
		return row, errDamaged
	}
	var err error
	if into.LeftOut, err = parseLeftOut(leftOut); err != nil {
		return row, errDamaged
	}
	return row, nil
}

func (d *decoder) unsigned() uint64 {
	number, n := binary.Uvarint(d.data[d.at:])
	d.pass(n)
	return number
}

func (d *decoder) signed() int64 {
	number, n := binary.Varint(d.data[d.at:])
	d.pass(n)
	return number
}

func (d *decoder) pass(n int) {
	if n <= 0 {
		d.bad = true
		return
	}
	d.at += n
}

// span takes a length and as many bytes.
func (d *decoder) span() (from, to int) {
	size := d.unsigned()
	if d.bad || size > uint64(len(d.data)-d.at) {
		d.bad = true
		return 0, 0
	}
	from = d.at
	d.at += int(size)
	return from, d.at
}

func (d *decoder) string() string {
	from, to := d.span()
	return d.text[from:to]
}

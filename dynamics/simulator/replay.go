package simulator

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var (
	errNotAJournal = errors.New("this is not a file of kept rows: remove it or name another folder")
	errJournal     = errors.New("a kept transaction is damaged inside: remove the folder to start anew")
)

// replay applies the transactions of a journal. A torn last one, which a power cut leaves, ends it
// silently.
func (d *database) replay(r io.Reader) error {
	head := make([]byte, len(journalHeader))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != journalHeader {
		return errNotAJournal
	}
	p := &replayer{db: d, columns: map[uint64]*attribute{}}
	for {
		log, err := readRecord(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.apply(log); err != nil {
			return err
		}
	}
}

func readRecord(r io.Reader) ([]byte, error) {
	head := make([]byte, recordHeader)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, io.EOF // nothing more, or a torn header
	}
	length, sum := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	if length > maxRecord {
		return nil, io.EOF
	}
	log := make([]byte, length)
	if _, err := io.ReadFull(r, log); err != nil || crc32.ChecksumIEEE(log) != sum {
		return nil, io.EOF
	}
	return log, nil
}

// replayer reads the operations of transactions. It keeps the first error and gives zeros from then
// on.
type replayer struct {
	db      *database
	columns map[uint64]*attribute // nil for a column that no longer is
	log     []byte
	bad     bool
	known   internedTexts
}

func (p *replayer) apply(log []byte) error {
	p.log = log
	for len(p.log) > 0 && !p.bad {
		op := p.bytes(1)[0]
		t := p.table(p.bytes(1)[0])
		switch {
		case p.bad || t == nil:
			return errJournal
		case op == opColumn:
			code := p.unsigned()
			p.columns[code] = t.byName[string(p.bytes(int(p.unsigned())))]
		case op == opPut:
			p.put(t)
		case op == opDelete:
			if row, ok := t.find(guid(p.bytes(len(guid{})))); ok {
				t.remove(row)
			}
		default:
			return errJournal
		}
	}
	if p.bad {
		return errJournal
	}
	return nil
}

func (p *replayer) table(code byte) *table {
	switch code {
	case contactTypeCode:
		return p.db.contacts
	case accountTypeCode:
		return p.db.accounts
	default:
		return nil
	}
}

func (p *replayer) put(t *table) {
	id := guid(p.bytes(len(guid{})))
	row, ok := t.find(id)
	if !ok {
		row = t.insert(id)
	}
	t.versions[row], t.created[row], t.modified[row] = p.signed(), p.signed(), p.signed()
	t.modifiedBy[row] = p.bytes(1)[0]
	p.db.version = max(p.db.version, t.versions[row])
	for n := p.unsigned(); n > 0 && !p.bad; n-- {
		c := p.columns[p.unsigned()]
		class, v := p.value()
		if c != nil && (class == classEmpty || class == classNull || class == c.class()) {
			c.put(row, v)
		}
	}
}

func (c *attribute) class() byte {
	switch {
	case c.kind.isText():
		return classText
	case c.kind.isGUID():
		return classRef
	default:
		return classNum
	}
}

func (p *replayer) value() (class byte, v cell) {
	class = p.bytes(1)[0]
	switch class {
	case classText:
		return class, textValue(p.known.keep(p.bytes(int(p.unsigned()))))
	case classRef:
		ref := p.bytes(1)[0]
		return class, cell{set: true, ref: ref, id: guid(p.bytes(len(guid{})))}
	case classNum:
		return class, numValue(p.signed())
	case classNull:
		return class, cell{null: true}
	default:
		return class, cell{}
	}
}

// bytes takes n bytes; past the end it gives zeros and marks the transaction bad.
func (p *replayer) bytes(n int) []byte {
	if n < 0 || n > len(p.log) {
		p.bad = true
		return make([]byte, max(1, min(n, len(guid{}))))
	}
	b := p.log[:n]
	p.log = p.log[n:]
	return b
}

func (p *replayer) signed() int64 {
	n, size := binary.Varint(p.log)
	p.bytes(size)
	p.bad = p.bad || size <= 0
	return n
}

func (p *replayer) unsigned() uint64 {
	n, size := binary.Uvarint(p.log)
	p.bytes(size)
	p.bad = p.bad || size <= 0
	return n
}

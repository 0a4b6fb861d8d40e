package ledger

import (
	"audienceflow/store/sqldb"
)

// A leaf is a JSON array of arrays, which the views exported_status and exported_values take apart:
//
//	["contact", "word" or null, exited, qualifiedAt, asOf, "run", exported]
//	["contact", {attributes}, asOf, {other dates} or null]

func (e *Status) appendTo(to []byte) []byte {
	to = appendWord(append(to, ','), e.Word)
	for _, number := range [...]int64{sqldb.Bit(e.Exited), e.Key.QualifiedAt, e.Key.AsOf} {
		to = appendNumber(to, number)
	}
	to = appendString(append(to, ','), e.Run)
	return appendNumber(to, sqldb.Bit(e.Exported))
}

func (e *Status) readFrom(s *scanner) {
	s.pass(',')
	e.Word = s.word()
	e.Exited, e.Key.QualifiedAt, e.Key.AsOf = s.number() != 0, s.number(), s.number()
	e.Key.Exited = e.Exited
	s.pass(',')
	e.Run = s.string()
	e.Exported = s.number() != 0
}

// Realized is true of a contact that was exported as realized.
func (e *Status) Realized() bool { return e.Exported && !e.Exited }

func (e *Status) count(t *tally, n int64) {
	if e.Exported {
		t.add(ExportedCount{Word: e.Word, Exited: e.Exited, Contacts: n})
	}
}

func (v *Values) appendTo(to []byte) []byte {
	to = append(append(to, ','), v.Attributes...)
	to = append(appendNumber(to, v.AsOf), ',')
	if v.Other == "" {
		return append(to, "null"...)
	}
	return append(to, v.Other...)
}

func (v *Values) readFrom(s *scanner) {
	s.pass(',')
	v.Attributes = s.object()
	v.AsOf = s.number()
	s.pass(',')
	if !s.null() {
		v.Other = s.object()
	}
}

func (v *Values) count(*tally, int64) {}

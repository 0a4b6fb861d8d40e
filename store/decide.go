package store

import (
	"slices"

	"audienceflow/runs"
)

// statusEntry is what the ledger of a status column knows of a contact.
type statusEntry struct {
	word     *string
	exited   bool
	key      key    // of the row that was exported last, or remembered
	run      string // that wrote it last
	exported bool   // false: remembered for the order alone (an exit that was kept to ourselves)
}

// subject is a staged row with all that the decision about it rests on.
type subject struct {
	line       int64
	key        key
	exited     bool
	absent     bool // an exit by absence
	attributes string
	badColumn  string
	wordMode   string
	word       *string

	columns []string
	before  []*string // what Dynamics holds in them; nil: not read

	status *statusEntry // what the ledgers hold; nil: nothing
	ledger ledgerValues

	holder BatchRef // who has the contact in flight; zero: nobody
}

// verdict is what has to be done about a subject.
type verdict struct {
	outcome    string   // runs.OutcomeRead, Pending, Unchanged, Superseded or Failed
	changes    []Change // when pending
	settled    settled  // the ledgers, once the changes are accepted; at once when unchanged
	overwrites bool     // the status column holds a word that is not ours
}

// settled is what the ledgers will hold of a contact.
type settled struct {
	status       *statusEntry // nil: as it is
	statusDated  bool         // only time and asOf differ from what is there
	attributes   string       // the values as they stand in the row, where it is all that the ledger will hold
	values       values       // else; nil: as they are, but for
	valuesDated  bool         // their dates, which are all valuesAsOf from now on
	valuesAsOf   int64
	sameAsLedger bool // nothing to write at all
}

// decide says what has to be done about a staged row. It is the one place where order and "only what changed" are decided: at
// planning, after reading and again when a batch is taken. busy: the contact is in flight for somebody else, so that the ledgers
// may be about to change and must not be touched. last: there will be no reading any more (the batch is being taken).
func decide(s *subject, p Policy, busy, last bool) verdict {
	if s.overtaken() {
		return verdict{outcome: runs.OutcomeSuperseded}
	}
	if s.badColumn != "" {
		return verdict{outcome: runs.OutcomeFailed}
	}
	word, send := s.desired(p)
	if s.exited && !send && s.wordMode == WordByPolicy {
		return s.keepExit(busy)
	}
	known := s.status != nil && s.status.exported
	if s.before == nil && (!known || p.Full) && !last {
		return verdict{outcome: runs.OutcomeRead}
	}
	v := verdict{outcome: runs.OutcomeUnchanged}
	if send {
		if p.Full || s.statusDiffers(p.StatusColumn, word) {
			v.changes = append(v.changes, Change{p.StatusColumn, word})
		}
		v.settled.status = &statusEntry{word: word, exited: s.exited, key: s.key, exported: true}
		v.settled.statusDated = known && equal(s.status.word, word) && s.status.exited == s.exited
		held, _ := s.read(p.StatusColumn)
		v.overwrites = held != nil && *held != p.RealizedWord && *held != p.ExitedWord
	}
	s.decideValues(p.Full, &v)
	v.settled.sameAsLedger = v.settled.attributes == "" && v.settled.values == nil && !v.settled.valuesDated &&
		(v.settled.status == nil || v.settled.statusDated && s.status.key == s.key)
	if len(v.changes) > 0 || busy {
		v.outcome = runs.OutcomePending
	}
	return v
}

// overtaken: the ledger has seen a later qualification. An exit by absence says less than a record: it is also overtaken by
// anything exported since the source was made.
func (s *subject) overtaken() bool {
	if s.status == nil {
		return false
	}
	return s.key.compare(s.status.key) < 0 || s.absent && s.status.key.asOf >= s.key.asOf
}

// desired is the word to send, if any.
func (s *subject) desired(p Policy) (word *string, send bool) {
	switch s.wordMode {
	case WordSet:
		return s.word, true
	case WordLeave:
		return nil, false
	}
	return p.word(s.exited)
}

// keepExit remembers an exit that is not sent: the word stays, a later but older realization is superseded all the same.
func (s *subject) keepExit(busy bool) verdict {
	if busy {
		return verdict{outcome: runs.OutcomePending}
	}
	entry := statusEntry{exited: true, key: s.key}
	if s.status != nil {
		entry.word, entry.exported = s.status.word, s.status.exported
	}
	return verdict{outcome: runs.OutcomeUnchanged, settled: settled{
		status:       &entry,
		statusDated:  s.status != nil && s.status.exited,
		sameAsLedger: s.status != nil && s.status.key == s.key && s.status.exited,
	}}
}

// statusDiffers compares with the ledger where it knows the contact: an entry made since the contact was read is the fresher one.
func (s *subject) statusDiffers(column string, word *string) bool {
	switch {
	case s.status != nil && s.status.exported:
		return !equal(s.status.word, word)
	case s.before != nil:
		held, _ := s.read(column)
		return !equal(held, word)
	default:
		return true
	}
}

// read gives what was read of a column.
func (s *subject) read(column string) (text *string, known bool) {
	at := slices.Index(s.columns, column)
	if s.before == nil || at < 0 {
		return nil, false
	}
	return s.before[at], true
}

// decideValues adds the attributes to send and notes those that are settled by this row. A value from a newer source than the
// row's is left alone. Where both the ledger and a reading know the value, one that differs from either is sent: which of them is
// fresher cannot be told, and sending a value twice does less harm than leaving it out.
func (s *subject) decideValues(full bool, v *verdict) {
	if !full && s.sameValues() {
		v.settled.valuesDated, v.settled.valuesAsOf = s.key.asOf > s.ledger.asOf, s.key.asOf
		return
	}
	exported := s.ledger.values()
	attributes := parseValues(s.attributes, s.key.asOf)
	ours := attributes[:0]
	for i, attribute := range attributes {
		at := exported.find(attribute.column)
		if at >= 0 && exported[at].asOf > attribute.asOf {
			if full && equal(exported[at].text, attribute.text) { // sent once more, as the newer source has it
				v.changes = append(v.changes, Change{attribute.column, attribute.text})
			}
			continue
		}
		differs := full || at < 0 && s.before == nil || at >= 0 && !equal(exported[at].text, attribute.text)
		if held, known := s.read(attribute.column); known {
			differs = differs || !equal(held, attribute.text)
		}
		if differs {
			v.changes = append(slices.Grow(v.changes, len(attributes)-i), Change{attribute.column, attribute.text})
		}
		ours = append(ours, attribute)
	}
	if s.ledger.attributes == "" && len(ours) > 0 {
		v.settled.attributes, v.settled.valuesAsOf = s.attributes, s.key.asOf
		return
	}
	v.settled.setValues(exported, ours)
}

// sameValues tells, without taking them apart, that the ledger holds the row's values and no others, all of one date. So it is with
// nearly all rows of a repeated run.
func (s *subject) sameValues() bool {
	return s.before == nil && s.ledger.other == "" && s.attributes == s.ledger.attributes && len(s.attributes) > len(emptyAttributes)
}

// setValues notes what the ledger of values will hold, and how little of it is new.
func (s *settled) setValues(ledger, ours values) {
	if len(ours) == 0 {
		return
	}
	merged := ledger.with(ours)
	texts, dates := ledger.same(merged)
	if texts && dates {
		return
	}
	if date, one := merged.oneDate(); texts && one {
		s.valuesDated, s.valuesAsOf = true, date
		return
	}
	s.values = merged
}

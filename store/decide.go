package store

import (
	"slices"

	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/staging"
)

// Change is one column of one contact and the canonical value it gets; nil clears.
type Change struct {
	Column string
	Value  *string
}

// subject is a staged row with all that the decision about it rests on.
type subject struct {
	line       int64
	key        ledger.Key
	exited     bool
	absent     bool // an exit by absence
	attributes string
	otherAsOf  string // dates of values that have another one than key's
	badColumn  string
	wordMode   string
	word       *string

	columns []string
	before  []*string // what Dynamics holds in them; nil: not read

	status *ledger.Status // what the ledgers hold; nil: nothing
	ledger ledger.Values

	holder BatchRef // who has the contact in flight; zero: nobody
}

// verdict is what has to be done about a subject.
type verdict struct {
	outcome    string        // runs.OutcomeRead, Pending, Unchanged, Superseded or Failed
	changes    []Change      // when pending
	update     ledger.Update // the ledgers, once the changes are accepted; at once when unchanged
	overwrites bool          // the status column holds a word that is not ours
	heldBack   bool          // a newer source than the row's has said another value
}

// stage is when a decision is taken.
type stage int

const (
	planning stage = iota
	taking         // of a batch: there will be no reading any more
)

// decide says what has to be done about a staged row. It is the one place where order and "only
// what changed" are decided: at planning, after reading and again when a batch is taken. While a
// contact is in flight for another batch the ledgers may be about to change, and must not be
// touched.
func decide(s *subject, p Policy, at stage) verdict {
	busy := s.holder != BatchRef{}
	if s.overtaken() {
		return verdict{outcome: runs.OutcomeSuperseded}
	}
	if s.badColumn != "" {
		return verdict{outcome: runs.OutcomeFailed}
	}
	word, send := s.desired(p)
	if s.exited && !send && s.wordMode == staging.WordByPolicy {
		return s.keepExit(busy)
	}
	known := s.status != nil && s.status.Exported
	if s.before == nil && (!known || p.Full) && at == planning {
		return verdict{outcome: runs.OutcomeRead}
	}
	v := verdict{outcome: runs.OutcomeUnchanged}
	if send {
		if p.Full || s.statusDiffers(p.StatusColumn, word) {
			v.changes = append(v.changes, Change{p.StatusColumn, word})
		}
		v.update.Status = &ledger.Status{Word: word, Exited: s.exited, Key: s.key, Exported: true}
		v.update.StatusDated = known && ledger.Equal(s.status.Word, word) && s.status.Exited == s.exited
		held, _ := s.read(p.StatusColumn)
		v.overwrites = held != nil && *held != p.RealizedWord && *held != p.ExitedWord
	}
	s.decideValues(p.Full, &v)
	v.update.SameAsLedger = v.update.Attributes == "" && v.update.Values == nil && !v.update.ValuesDated &&
		(v.update.Status == nil || v.update.StatusDated && s.status.Key == s.key)
	if len(v.changes) > 0 || busy {
		v.outcome = runs.OutcomePending
	}
	return v
}

// overtaken: the ledger has seen a later qualification. An exit by absence says less than a record:
// it is also overtaken by anything exported since the source was made.
func (s *subject) overtaken() bool {
	if s.status == nil {
		return false
	}
	return s.key.Compare(s.status.Key) < 0 || s.absent && s.status.Key.AsOf >= s.key.AsOf
}

// desired is the word to send, if any.
func (s *subject) desired(p Policy) (word *string, send bool) {
	switch s.wordMode {
	case staging.WordSet:
		return s.word, true
	case staging.WordLeave:
		return nil, false
	}
	return p.word(s.exited)
}

// keepExit remembers an exit that is not sent: the word stays, a later but older realization is
// superseded all the same.
func (s *subject) keepExit(busy bool) verdict {
	if busy {
		return verdict{outcome: runs.OutcomePending}
	}
	entry := ledger.Status{Exited: true, Key: s.key}
	if s.status != nil {
		entry.Word, entry.Exported = s.status.Word, s.status.Exported
	}
	return verdict{outcome: runs.OutcomeUnchanged, update: ledger.Update{
		Status:       &entry,
		StatusDated:  s.status != nil && s.status.Exited,
		SameAsLedger: s.status != nil && s.status.Key == s.key && s.status.Exited,
	}}
}

// statusDiffers compares with the ledger where it knows the contact: an entry made since the
// contact was read is the fresher one.
func (s *subject) statusDiffers(column string, word *string) bool {
	switch {
	case s.status != nil && s.status.Exported:
		return !ledger.Equal(s.status.Word, word)
	case s.before != nil:
		held, _ := s.read(column)
		return !ledger.Equal(held, word)
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

// decideValues adds the attributes to send and notes those that are settled by this row. A value
// from a newer source than the row's is left alone; where the row has another one, that is held
// back. Where both the ledger and a reading know the value, one that differs from either is sent:
// which of them is fresher cannot be told, and sending a value twice does less harm than leaving it
// out.
func (s *subject) decideValues(full bool, v *verdict) {
	if !full && s.sameValues() {
		v.update.ValuesDated, v.update.ValuesAsOf = s.key.AsOf > s.ledger.AsOf, s.key.AsOf
		return
	}
	exported := s.ledger.Parse()
	row := ledger.Values{Attributes: s.attributes, AsOf: s.key.AsOf, Other: s.otherAsOf}
	attributes := row.Parse()
	ours := attributes[:0]
	for i, attribute := range attributes {
		at := exported.Find(attribute.Column)
		if at >= 0 && exported[at].AsOf > attribute.AsOf {
			same := ledger.Equal(exported[at].Text, attribute.Text)
			v.heldBack = v.heldBack || !same
			if full && same { // sent once more, as the newer source has it
				v.changes = append(v.changes, Change{attribute.Column, attribute.Text})
			}
			continue
		}
		differs := full || at < 0 && s.before == nil || at >= 0 && !ledger.Equal(exported[at].Text, attribute.Text)
		if held, known := s.read(attribute.Column); known {
			differs = differs || !ledger.Equal(held, attribute.Text)
		}
		if differs {
			v.changes = append(slices.Grow(v.changes, len(attributes)-i), Change{attribute.Column, attribute.Text})
		}
		ours = append(ours, attribute)
	}
	if s.ledger.Attributes == "" && s.otherAsOf == "" && len(ours) > 0 {
		v.update.Attributes, v.update.ValuesAsOf = s.attributes, s.key.AsOf
		return
	}
	v.update.SetValues(exported, ours)
}

// sameValues tells, without taking them apart, that the ledger holds the row's values and no
// others, all of one date. So it is with nearly all rows of a repeated run.
func (s *subject) sameValues() bool {
	return s.before == nil && s.ledger.Other == "" && s.otherAsOf == "" && s.attributes == s.ledger.Attributes && len(s.attributes) > len(ledger.EmptyAttributes)
}

package store

// statusEntry is a contact's row in exported_status.
type statusEntry struct {
	word     *string
	exited   bool
	key      key  // of the row that was exported last, or remembered
	exported bool // false: remembered for the order alone (an exit that was kept to ourselves)
}

// subject is a staged row with all that the decision about it rests on.
type subject struct {
	contact   string
	line      int64
	position  int64
	key       key
	exited    bool
	absent    bool // an exit by absence
	values    values
	badColumn string
	badReason string
	wordMode  string
	word      *string

	before Before // what Dynamics holds; nil: not read

	status   *statusEntry // what the ledgers hold; nil: nothing
	exported values

	holder BatchRef // who has the contact in flight; zero: nobody
}

// verdict is what has to be done about a subject.
type verdict struct {
	outcome    string   // OutcomeRead, Pending, Unchanged, Superseded or Failed
	changes    []Change // when pending
	settled    settled  // the ledgers, once the changes are accepted; at once when unchanged
	overwrites bool     // the status column holds a word that is not ours
}

// settled is what the ledgers will hold of a contact.
type settled struct {
	status       *statusEntry // nil: as it is
	statusDated  bool         // only time and asOf differ from what is there
	sameTime     bool         // the time does not differ from what is there
	values       values       // nil: as they are
	valuesDated  bool         // only the dates differ, and all of them are the same
	sameAsLedger bool         // nothing to write at all
}

// decide says what has to be done about a staged row. It is the one place where order and "only what changed" are decided: at
// planning, after reading and again when a batch is taken. busy: the contact is in flight for somebody else, so that the ledgers
// may be about to change and must not be touched. last: there will be no reading any more (the batch is being taken).
func decide(s *subject, p Policy, busy, last bool) verdict {
	if s.overtaken() {
		return verdict{outcome: OutcomeSuperseded}
	}
	if s.badColumn != "" {
		return verdict{outcome: OutcomeFailed}
	}
	word, send := s.desired(p)
	if s.exited && !send && s.wordMode == WordByPolicy {
		return s.keepExit(busy)
	}
	known := s.status != nil && s.status.exported
	if s.before == nil && (!known || p.Full) && !last {
		return verdict{outcome: OutcomeRead}
	}
	v := verdict{outcome: OutcomeUnchanged}
	if send {
		if p.Full || s.statusDiffers(p.StatusColumn, word) {
			v.changes = append(v.changes, Change{p.StatusColumn, word})
		}
		v.settled.status = &statusEntry{word: word, exited: s.exited, key: s.key, exported: true}
		v.settled.statusDated = known && equal(s.status.word, word) && s.status.exited == s.exited
		v.settled.sameTime = known && s.status.key.qualifiedAt == s.key.qualifiedAt
		held := s.before[p.StatusColumn]
		v.overwrites = s.before != nil && held != nil && *held != p.RealizedWord && *held != p.ExitedWord
	}
	settled := s.decideValues(p.Full, &v)
	v.settled.setValues(s.exported, settled)
	v.settled.sameAsLedger = v.settled.values == nil &&
		(v.settled.status == nil || v.settled.statusDated && s.status.key == s.key)
	if len(v.changes) > 0 || busy {
		v.outcome = OutcomePending
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
		return verdict{outcome: OutcomePending}
	}
	entry := statusEntry{exited: true, key: s.key}
	if s.status != nil {
		entry.word, entry.exported = s.status.word, s.status.exported
	}
	return verdict{outcome: OutcomeUnchanged, settled: settled{
		status:       &entry,
		statusDated:  s.status != nil && s.status.exited,
		sameTime:     s.status != nil && s.status.key.qualifiedAt == s.key.qualifiedAt,
		sameAsLedger: s.status != nil && s.status.key == s.key && s.status.exited,
	}}
}

// statusDiffers compares with the ledger where it knows the contact: an entry made since the contact was read is the fresher one.
func (s *subject) statusDiffers(column string, word *string) bool {
	switch {
	case s.status != nil && s.status.exported:
		return !equal(s.status.word, word)
	case s.before != nil:
		return !equal(s.before[column], word)
	default:
		return true
	}
}

// decideValues adds the attributes to send and gives those that are settled by this row. A value from a newer source than the
// row's is left alone. Where both the ledger and a reading know the value, one that differs from either is sent: which of them is
// fresher cannot be told, and sending a value twice does less harm than leaving it out.
func (s *subject) decideValues(full bool, v *verdict) values {
	var ours values
	for _, attribute := range s.values {
		at := s.exported.find(attribute.column)
		if at >= 0 && s.exported[at].asOf > attribute.asOf {
			if full && equal(s.exported[at].text, attribute.text) { // sent once more, as the newer source has it
				v.changes = append(v.changes, Change{attribute.column, attribute.text})
			}
			continue
		}
		differs := full || at < 0 && s.before == nil ||
			at >= 0 && !equal(s.exported[at].text, attribute.text) ||
			s.before != nil && !equal(s.before[attribute.column], attribute.text)
		if differs {
			v.changes = append(v.changes, Change{attribute.column, attribute.text})
		}
		ours = append(ours, attribute)
	}
	return ours
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
	s.values = merged
	if texts {
		_, s.valuesDated = merged.oneDate()
	}
}

package ledger

// Status is what the ledger of a status column knows of a contact.
type Status struct {
	Word     *string
	Exited   bool
	Key      Key    // of the row that was exported last, or remembered
	Run      string // that wrote it last
	Exported bool   // false: remembered for the order alone (an exit that was kept to ourselves)
}

// Update is what the ledgers will hold of a contact.
type Update struct {
	Status       *Status    // nil: as it is
	StatusDated  bool       // only time and asOf differ from what is there
	Attributes   string     // the values as they stand in the row, where it is all that the ledger will hold
	Values       Attributes // else; nil: as they are, but for
	ValuesDated  bool       // their dates, which are all valuesAsOf from now on
	ValuesAsOf   int64
	SameAsLedger bool // nothing to write at all
}

// SetValues notes what the ledger of values will hold, and how little of it is new.
func (s *Update) SetValues(ledger, ours Attributes) {
	if len(ours) == 0 {
		return
	}
	merged := ledger.with(ours)
	texts, dates := ledger.same(merged)
	if texts && dates {
		return
	}
	if date, one := merged.oneDate(); texts && one {
		s.ValuesDated, s.ValuesAsOf = true, date
		return
	}
	s.Values = merged
}

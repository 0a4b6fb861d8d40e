package store_test

import (
	"cmp"
	"slices"
	"time"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/staging"
)

// The model is slow and obvious: it keeps every row it has ever seen and finds the truth by sorting
// them again for each question.

// modelRow is a row that was processed, with the audience's column it was for.
type modelRow struct {
	column  string
	contact string
	exited  bool
	time    time.Time
	asOf    time.Time
	word    *string // that the status column got; for a kept exit the one it had
	sent    bool    // false: kept to ourselves
	values  map[string]*string
	typed   map[string]time.Time // values that a person has put right, and when
}

// dated is the time of a row's value.
func (r modelRow) dated(attribute string) time.Time {
	if at, typed := r.typed[attribute]; typed {
		return at
	}
	return r.asOf
}

type model struct {
	dynamics map[string]before
	rows     []modelRow // accepted rows, in the order of their arrival
}

// less orders rows: time, exited above realized, asOf.
func order(aTime time.Time, aExited bool, aAsOf, bTime time.Time, bExited bool, bAsOf time.Time) int {
	number := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return cmp.Or(aTime.Compare(bTime), cmp.Compare(number(aExited), number(bExited)), aAsOf.Compare(bAsOf))
}

// latest is the accepted row of a contact in a column that is the greatest, nil if there is none.
func (m *model) latest(column, contact string) *modelRow {
	var of []modelRow
	for _, r := range m.rows {
		if r.column == column && r.contact == contact {
			of = append(of, r)
		}
	}
	if len(of) == 0 {
		return nil
	}
	slices.SortStableFunc(of, func(a, b modelRow) int { return order(a.time, a.exited, a.asOf, b.time, b.exited, b.asOf) })
	return &of[len(of)-1]
}

// exported reports whether anything was ever sent, or found in place, for a contact in a column.
func (m *model) exported(column, contact string) bool {
	return slices.ContainsFunc(m.rows, func(r modelRow) bool { return r.column == column && r.contact == contact && r.sent })
}

// value is the accepted value of a contact's attribute from the newest source, whatever the
// audience.
func (m *model) value(contact, attribute string) (text *string, asOf time.Time, known bool) {
	var of []modelRow
	for _, r := range m.rows {
		if _, has := r.values[attribute]; has && r.contact == contact {
			of = append(of, r)
		}
	}
	if len(of) == 0 {
		return nil, time.Time{}, false
	}
	slices.SortStableFunc(of, func(a, b modelRow) int { return a.dated(attribute).Compare(b.dated(attribute)) })
	last := of[len(of)-1]
	return last.values[attribute], last.dated(attribute), true
}

// feed is one source and what a run does with it.
type feed struct {
	run      string
	dry      bool
	complete bool
	asOf     time.Time
	policy   store.Policy
	rows     []staging.Row
	values   []map[string]*string           // of rows
	typed    map[int64]map[string]time.Time // of rows, by position
	excluded []staging.Excluded
}

// run processes a feed and gives the counts that have to come out.
func (m *model) run(f feed) runs.Numbers {
	before := m.clone()
	c := runs.Numbers{Reasons: map[string]int64{}}
	winners := map[string]int{}
	named := map[string]bool{}
	for i, r := range f.rows {
		named[r.Contact] = true
		at, seen := winners[r.Contact]
		if !seen {
			winners[r.Contact] = i
			continue
		}
		c.Superseded++
		c.Duplicates++
		w := f.rows[at]
		if order(r.QualifiedAt, r.Exited, r.AsOf, w.QualifiedAt, w.Exited, w.AsOf) >= 0 {
			winners[r.Contact] = i
		}
	}
	for _, e := range f.excluded {
		c.Excluded++
		c.Reasons[e.Reason]++
		named[e.Contact] = true
	}
	absent := m.absent(f, named)
	for _, at := range winners {
		m.row(f, f.rows[at], f.values[at], &c)
	}
	for _, r := range absent {
		c.Absent++
		m.row(f, r, nil, &c)
	}
	c.Activated = c.ByStatus.Realized + c.ByStatus.Exited
	c.Received = c.Activated + c.Unchanged + c.Superseded + c.Excluded + c.Failed
	if f.dry {
		*m = before
		c.Pending, c.Activated, c.ByStatus = c.Activated, 0, runs.ByStatus{}
	}
	return c
}

func (m *model) absent(f feed, named map[string]bool) []staging.Row {
	var rows []staging.Row
	if !f.complete {
		return nil
	}
	for contact := range m.dynamics {
		last := m.latest(f.policy.StatusColumn, contact)
		if last != nil && !last.exited && last.asOf.Before(f.asOf) && !named[contact] {
			rows = append(rows, staging.Row{Contact: contact, Exited: true, QualifiedAt: last.time, AsOf: f.asOf})
		}
	}
	return rows
}

// row processes one row.
func (m *model) row(f feed, r staging.Row, values map[string]*string, c *runs.Numbers) {
	column := f.policy.StatusColumn
	last := m.latest(column, r.Contact)
	if last != nil && order(r.QualifiedAt, r.Exited, r.AsOf, last.time, last.exited, last.asOf) < 0 {
		c.Superseded++
		return
	}
	if r.BadColumn != "" {
		c.Failed++
		c.Reasons["invalid_value"]++
		return
	}
	accepted := modelRow{column: column, contact: r.Contact, exited: r.Exited, time: r.QualifiedAt, asOf: r.AsOf, sent: true, values: map[string]*string{}, typed: f.typed[r.Position]}
	if r.Exited && f.policy.OnExit == store.ExitKeep {
		accepted.sent = false
		if last != nil {
			accepted.word = last.word
		}
		m.rows = append(m.rows, accepted)
		c.Unchanged++
		return
	}
	contact, there := m.dynamics[r.Contact]
	known := m.exported(column, r.Contact)
	if !there {
		c.Failed++
		c.Reasons["contact_not_found"]++
		return
	}
	accepted.word = desired(f.policy, r.Exited)
	heldBack := false
	changed := f.policy.Full || !same(contact[column], accepted.word)
	for attribute, value := range values {
		newer, asOf, has := m.value(r.Contact, attribute)
		if has && asOf.After(accepted.dated(attribute)) {
			heldBack = heldBack || !same(newer, value)
			continue
		}
		changed = changed || !same(contact[attribute], value) || known && !has
		accepted.values[attribute] = value
	}
	m.rows = append(m.rows, accepted)
	contact[column] = accepted.word
	for attribute, value := range accepted.values {
		contact[attribute] = value
	}
	if heldBack && (!f.dry || !changed) { // of a dry run what is to be sent stays pending
		c.HeldBack++
	}
	switch {
	case !changed:
		c.Unchanged++
	case r.Exited:
		c.ByStatus.Exited++
	default:
		c.ByStatus.Realized++
	}
}

func desired(p store.Policy, exited bool) *string {
	switch {
	case !exited:
		return &p.RealizedWord
	case p.OnExit == store.ExitClear:
		return nil
	default:
		return &p.ExitedWord
	}
}

func same(a, b *string) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func (m *model) clone() model {
	return model{dynamics: cloneDynamics(m.dynamics), rows: slices.Clone(m.rows)}
}

func cloneDynamics(from map[string]before) map[string]before {
	to := map[string]before{}
	for contact, columns := range from {
		to[contact] = before{}
		for column, value := range columns {
			to[contact][column] = value
		}
	}
	return to
}

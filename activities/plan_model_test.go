package activities

import (
	"maps"
	"slices"
	"time"

	"audienceflow/runs"
)

// The model says what must come out of a run: one row after the other, with nothing but what
// DESIGN's words say. It knows contacts by number, and values by the table below.

// canonicalOf is what becomes of the values that feeds hold; those that are missing do not fit.
var canonicalOf = map[string]string{"Ann": "Ann", "Bob": "Bob", "2020-05-06": "2020-05-06", "2021-07-08T23:30:00+02:00": "2021-07-08"}

// feed is a source, and what its activation file says of it.
type feed struct {
	rows                     []feedRow
	audience                 string
	asOf                     time.Time
	timed, consent, complete bool
	reject, full             bool
	clearFirst, clearBirth   bool
	onExit                   string
	refused                  map[int]bool
}

type feedRow struct {
	contact                            int // noContact: no GUID
	status, time, consent, first, born string
}

const noContact = -1

func (f feed) column() string { return "acme_" + f.audience }

// candidate is a row that names a contact and a status.
type candidate struct {
	contact int
	exited  bool
	at      time.Time
	values  map[string]*string
	bad     int
}

// entry is what is known of a status column of a contact.
type entry struct {
	word             *string
	exited, exported bool
	at, asOf         time.Time
}

type dated struct {
	text *string
	asOf time.Time
}

type model struct {
	dynamics map[int]map[string]*string
	status   map[string]map[int]entry
	values   map[int]map[string]dated
}

func (m model) clone() model {
	c := model{dynamics: map[int]map[string]*string{}, status: map[string]map[int]entry{}, values: map[int]map[string]dated{}}
	for k, v := range m.dynamics {
		c.dynamics[k] = maps.Clone(v)
	}
	for k, v := range m.status {
		c.status[k] = maps.Clone(v)
	}
	for k, v := range m.values {
		c.values[k] = maps.Clone(v)
	}
	return c
}

// outcome is what a run leaves behind: its numbers, and the columns written by contact.
type outcome struct {
	n       runs.Numbers
	written map[int][]string
}

func (o *outcome) fail(reason string) {
	o.n.Failed++
	o.n.Reasons[reason]++
}

// run carries a feed out. A dry one believes that Dynamics takes everything that is sent.
func (m model) run(f feed, dry bool) outcome {
	o := outcome{n: runs.Numbers{Reasons: map[string]int64{}}, written: map[int][]string{}}
	candidates, named := m.read(f, &o)
	winners := map[int]candidate{}
	for _, c := range candidates {
		other, seen := winners[c.contact]
		if seen {
			o.n.Superseded++
			o.n.Duplicates++
		}
		if !seen || !earlier(c.at, c.exited, other.at, other.exited) {
			winners[c.contact] = c
		}
	}
	if f.complete {
		for contact, e := range m.status[f.column()] {
			if e.exported && !e.exited && e.asOf.Before(f.asOf) && !named[contact] {
				winners[contact] = candidate{contact: contact, exited: true, at: e.at}
				o.n.Absent++
			}
		}
	}
	for _, c := range winners {
		m.decide(f, c, dry, &o)
	}
	o.n.Activated = o.n.ByStatus.Realized + o.n.ByStatus.Exited
	o.n.Received = o.n.Activated + o.n.Unchanged + o.n.Superseded + o.n.Excluded + o.n.Failed
	return o
}

// earlier compares two qualifications of sources of the same age.
func earlier(at time.Time, exited bool, other time.Time, otherExited bool) bool {
	return at.Before(other) || at.Equal(other) && !exited && otherExited
}

// read sorts out the records, and notes which contacts they name.
func (m model) read(f feed, o *outcome) (all []candidate, named map[int]bool) {
	named = map[int]bool{}
	for _, r := range f.rows {
		if r.contact == noContact {
			o.n.Excluded++
			o.n.Reasons["invalid_contact_id"]++
			continue
		}
		named[r.contact] = true
		if r.status == "maybe" {
			o.n.Excluded++
			o.n.Reasons["unknown_status"]++
			continue
		}
		c := candidate{contact: r.contact, exited: r.status == "exited", at: f.asOf, values: map[string]*string{}}
		if !c.exited && f.consent && r.consent != "y" {
			c.exited = true
			o.n.WithoutConsent++
		}
		if f.timed {
			c.at = timesOf[r.time]
		}
		c.take("firstname", r.first, f.clearFirst)
		c.take("birthdate", r.born, f.clearBirth)
		all = append(all, c)
	}
	return all, named
}

func (c *candidate) take(column, text string, clear bool) {
	canonical, fits := canonicalOf[text]
	switch {
	case text == "" && clear:
		c.values[column] = nil
	case text == "":
	case fits:
		c.values[column] = &canonical
	default:
		c.bad++
	}
}

// decide carries out one row.
func (m model) decide(f feed, c candidate, dry bool, o *outcome) {
	e, known := m.status[f.column()][c.contact]
	if known && (earlier(c.at, c.exited, e.at, e.exited) || c.at.Equal(e.at) && c.exited == e.exited && f.asOf.Before(e.asOf)) {
		o.n.Superseded++
		return
	}
	if f.reject && c.bad > 0 {
		o.fail("invalid_value")
		return
	}
	next := entry{exited: c.exited, exported: true, at: c.at, asOf: f.asOf}
	switch {
	case c.exited && f.onExit == "keep":
		next.word, next.exported = e.word, e.exported
		m.status[f.column()][c.contact] = next
		o.n.Unchanged++
		o.n.Warnings += int64(c.bad)
		return
	case c.exited && f.onExit == "write":
		next.word = pointerTo("exited")
	case !c.exited:
		next.word = pointerTo("realized")
	}
	held, there := m.dynamics[c.contact]
	look := f.full || !known || !e.exported
	if look && !there {
		o.fail("contact_not_found")
		return
	}
	sent := map[string]*string{}
	if f.full || known && e.exported && !same(e.word, next.word) || !(known && e.exported) && !same(held[f.column()], next.word) {
		sent[f.column()] = next.word
	}
	settled := map[string]dated{}
	var heldBack int64
	for column, text := range c.values {
		last, exported := m.values[c.contact][column]
		if exported && last.asOf.After(f.asOf) {
			switch {
			case !same(last.text, text):
				heldBack = 1
			case f.full:
				sent[column] = text
			}
			continue
		}
		settled[column] = dated{text, f.asOf}
		if f.full || !exported && !look || exported && !same(last.text, text) || look && !same(held[column], text) {
			sent[column] = text
		}
	}
	if len(sent) > 0 && !dry {
		switch {
		case !there:
			o.fail("contact_not_found")
			return
		case f.refused[c.contact]:
			o.fail("plugin_error")
			return
		}
		o.written[c.contact] = slices.Sorted(maps.Keys(sent))
		maps.Copy(held, sent)
	}
	switch {
	case len(sent) == 0:
		o.n.Unchanged++
	case c.exited:
		o.n.ByStatus.Exited++
	default:
		o.n.ByStatus.Realized++
	}
	o.n.Warnings += int64(c.bad)
	o.n.HeldBack += heldBack
	m.status[f.column()][c.contact] = next
	if m.values[c.contact] == nil {
		m.values[c.contact] = map[string]dated{}
	}
	maps.Copy(m.values[c.contact], settled)
}

func pointerTo(text string) *string { return &text }

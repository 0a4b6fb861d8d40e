package chaos

import (
	"maps"
	"strings"
	"sync"
	"time"

	"audienceflow/runs"
)

// Words of an audience status.
const (
	realized = "realized"
	exited   = "exited"
)

// row is a record of a source: what is said of one contact.
type row struct {
	contact string // "": a record without one; one that is no GUID: invalid
	status  string // "": the record is of another audience
	at      int64  // seconds: the qualification
	first   string // the first name, "": none
	job     string // the job title, "": none
}

// entry is what is known of a contact in an audience.
type entry struct {
	word string // what its status column holds; "": it was cleared
	at   int64
}

// model is what one destination must hold when all is quiet.
type model struct {
	mu     sync.Mutex
	values map[string]map[string]string // by column and contact, what Dynamics holds
	status map[string]map[string]entry  // by audience and contact, what was exported
	ledger map[string]map[string]string // by column and contact, attributes that were exported
	gone   map[string]bool              // contacts that were deleted
}

func newModel() *model {
	m := &model{status: map[string]map[string]entry{}, ledger: map[string]map[string]string{}, gone: map[string]bool{}}
	for _, audience := range []string{"vip", "gold", "temp"} {
		m.status[audience] = map[string]entry{}
	}
	for _, column := range []string{"firstname", "jobtitle"} {
		m.ledger[column] = map[string]string{}
	}
	return m
}

func statusColumn(audience string) string { return "acme_" + audience + "status" }

// longest is what a first name may have.
const longest = 50

// export says what a run over a source must report when nobody else writes to its audience, and
// which contacts it must fail.
func (m *model) export(audience string, rows []row) runs.Numbers {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := runs.Numbers{Reasons: map[string]int64{}}
	for _, r := range rows {
		switch {
		case r.status == "":
			n.Ignored++
			continue
		case r.contact == "":
			n.Excluded++
			n.Reasons["missing_contact_id"]++
		case len(r.contact) != len(nobody):
			n.Excluded++
			n.Reasons["invalid_contact_id"]++
		}
		n.Received++
	}
	latest := winners(rows)
	n.Superseded = n.Received - n.Excluded - int64(len(latest))
	n.Duplicates = n.Superseded
	for contact, r := range latest {
		held, known := m.status[audience][contact]
		switch {
		case known && r.at < held.at:
			n.Superseded++
		case len(r.first) > longest:
			n.Failed++
			n.Reasons["invalid_value"]++
		case m.unchanged(audience, r):
			n.Unchanged++
		case contact == nobody || m.gone[contact]:
			n.Failed++
			n.Reasons["contact_not_found"]++
		default:
			n.Activated++
			if r.status == realized {
				n.ByStatus.Realized++
			} else {
				n.ByStatus.Exited++
			}
		}
	}
	return n
}

// unchanged reports whether a row says what is there already: of a contact that is gone, what was
// exported of it.
func (m *model) unchanged(audience string, r row) bool {
	word, first := m.values[statusColumn(audience)][r.contact], m.values["firstname"][r.contact]
	if m.gone[r.contact] {
		word, first = m.status[audience][r.contact].word, m.ledger["firstname"][r.contact]
	}
	return word == r.status && (r.first == "" || first == r.first)
}

// unseen counts the rows whose contact is gone without a dry run finding that: it does not read
// what the ledger knows.
func (m *model) unseen(audience string, rows []row) (n runs.ByStatus) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for contact, r := range winners(rows) {
		held, known := m.status[audience][contact]
		if known && m.gone[contact] && r.at >= held.at && len(r.first) <= longest && !m.unchanged(audience, r) {
			*count(&n, r.status)++
		}
	}
	return n
}

// bury takes in that contacts were deleted: their entries in the ledger stay.
func (m *model) bury(contacts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, contact := range contacts {
		m.gone[contact] = true
		for _, values := range m.values {
			delete(values, contact)
		}
	}
}

// forget takes in that a repair has found the contacts that are gone.
func (m *model) forget(audience string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.status[audience], func(contact string, _ entry) bool { return m.gone[contact] })
}

func (m *model) buried(contact string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gone[contact]
}

// nobody is a contact that does not exist.
const nobody = "0badc0de-0000-4000-8000-000000000001"

// winners are the rows of a source that count: the latest of each contact.
func winners(rows []row) map[string]row {
	latest := map[string]row{}
	for _, r := range rows {
		if r.status == "" || len(r.contact) != len(nobody) {
			continue
		}
		if held, twice := latest[r.contact]; !twice || r.at > held.at {
			latest[r.contact] = r
		}
	}
	return latest
}

// apply takes in what was exported, but for rows that failed.
func (m *model) apply(audience string, rows map[string]row, failed map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for contact, r := range rows {
		held, known := m.status[audience][contact]
		if known && r.at < held.at || failed[contact] || contact == nobody || len(r.first) > longest ||
			m.gone[contact] && !m.unchanged(audience, r) {
			continue
		}
		m.status[audience][contact] = entry{word: r.status, at: r.at}
		if m.gone[contact] {
			continue
		}
		m.values[statusColumn(audience)][contact] = r.status
		m.attribute("firstname", contact, r.first)
		m.attribute("jobtitle", contact, r.job)
	}
}

func (m *model) attribute(column, contact, value string) {
	if value != "" {
		m.values[column][contact], m.ledger[column][contact] = value, value
	}
}

// clear takes in that an audience was unmapped, and gives how many contacts held its word.
func (m *model) clear(audience string) (cleared int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for contact, held := range m.status[audience] {
		if held.word != "" {
			cleared++
		}
		m.values[statusColumn(audience)][contact] = ""
	}
	m.status[audience] = map[string]entry{}
	return cleared
}

// exported are the contacts of an audience.
func (m *model) exported(audience string) map[string]entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.status[audience])
}

// expected is a copy of what Dynamics must hold.
func (m *model) expected() map[string]map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	copied := map[string]map[string]string{}
	for column, values := range m.values {
		copied[column] = maps.Clone(values)
	}
	return copied
}

// adopt takes the contacts as they are at the beginning.
func (m *model) adopt(held map[string]map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = held
}

// times are those of the files (older) and those of the stream (newer, so that a file never
// overtakes it).
var (
	fileTimes   = time.Now().Add(-240 * time.Hour).Unix()
	streamTimes = time.Now().Add(-48 * time.Hour).Unix()
)

// profile is a row as Experience Platform writes it.
func (r row) profile(audience string) string {
	var b strings.Builder
	b.WriteString(`{"person":{"name":{"firstName":"` + r.first + `"},"jobTitle":"` + r.job + `"}`)
	if r.contact != "" {
		b.WriteString(`,"identityMap":{"contactId":[{"id":"` + r.contact + `"}]}`)
	}
	status := r.status
	if status == "" {
		audience, status = "another", realized
	}
	b.WriteString(`,"segmentMembership":{"ups":{"` + audience + `":{"status":"` + status + `","lastQualificationTime":"` +
		time.Unix(r.at, 0).UTC().Format(time.RFC3339) + `"}}}}` + "\n")
	return b.String()
}

func profiles(audience string, rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.profile(audience))
	}
	return b.String()
}

package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// changes are what was changed behind the product's back, by destination.
type changes struct {
	mu   sync.Mutex
	list []change
}

type change struct {
	at             time.Time
	column, value  string
	contact, cause string // cause: the request that wrote it, "" for somebody else
}

// changed notes a change behind the product's back.
func (p *place) changed(column string, contacts []string, value string) {
	p.changes.mu.Lock()
	defer p.changes.mu.Unlock()
	for _, contact := range contacts {
		p.changes.list = append(p.changes.list, change{at: time.Now(), column: column, contact: contact, value: value})
	}
}

// needless gives what was written although Dynamics held it already. before is what it held when
// the round began.
func (p *place) needless(before map[string]map[string]string) (found []string, total int, err error) {
	history, err := p.history()
	if err != nil {
		return nil, 0, err
	}
	p.changes.mu.Lock()
	all := p.changes.list
	p.changes.list = nil
	p.changes.mu.Unlock()
	for _, one := range history {
		id := one.Headers[requestID]
		request, known := p.proxy.request(id)
		if !known {
			return nil, 0, fmt.Errorf("%s: contact %s was written by request %q, which has not passed the proxy", p.name, one.Contact, id)
		}
		for _, column := range one.Columns {
			value, isText := request.rows[one.Contact][column].(string)
			if !isText {
				value = "" // null clears the column
			}
			all = append(all, change{at: one.Time, column: column, contact: one.Contact, value: value, cause: id})
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return a.at.Compare(b.at) })
	return p.repeated(before, all), len(history), nil
}

func (p *place) repeated(before map[string]map[string]string, all []change) (found []string) {
	held := map[string]map[string]string{}
	for column, values := range before {
		held[column] = maps.Clone(values)
	}
	last := map[[2]string]string{}
	for _, c := range all {
		key := [2]string{c.column, c.contact}
		if c.cause != "" && held[c.column][c.contact] == c.value {
			found = append(found, p.describe(c, last[key]))
		}
		held[c.column][c.contact], last[key] = c.value, c.cause
	}
	return found
}

// describe says which requests wrote the same value, and what became of their answers.
func (p *place) describe(c change, earlier string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s was written although it held %q", p.name, c.column, c.contact, c.value)
	for _, id := range []string{earlier, c.cause} {
		request, known := p.proxy.request(id)
		if !known {
			continue
		}
		fmt.Fprintf(&b, "\n    request %s of worker session %s at %.3f", id, request.session, request.at.Sub(p.proxy.timeline.start).Seconds())
		if request.lost {
			b.WriteString(", its answer was lost")
		}
	}
	return b.String()
}

package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"audienceflow/workflows"
)

// driver does the work of one audience at one destination: it knows what every step must come to.
type driver struct {
	*world
	place    *place
	audience string
	random   *rand.Rand
	at       int64 // the latest qualification
	round    int
	// abandoned is the run of the same export that was canceled, if there was one.
	abandoned string
}

func (d *driver) id() string     { return workflows.ActivateID(d.place.name, d.audience) }
func (d *driver) planID() string { return workflows.PlanID(d.place.name, d.audience) }
func (d *driver) file() string   { return d.place.name + "-" + d.audience + ".yaml" }

// random draws of each driver are its own, whatever the others do.
func newDriver(w *world, p *place, audience string, seed uint64) *driver {
	name := p.name + audience
	var mixed uint64
	for _, c := range name {
		mixed = mixed*31 + uint64(c)
	}
	return &driver{world: w, place: p, audience: audience, random: rand.New(rand.NewPCG(seed, mixed)), at: fileTimes}
}

// mortals are the contacts that may be deleted. Only vip has them, and its driver alone deletes: so
// it knows for which rows there was still a contact.
const mortals = 40

// some draws contacts.
func (d *driver) some(n int) []string {
	pool := d.place.contacts
	if d.audience != "vip" {
		pool = pool[mortals:]
	}
	picked := make([]string, 0, n)
	for _, i := range d.random.Perm(len(pool))[:n] {
		picked = append(picked, pool[i])
	}
	return picked
}

func (d *driver) next() int64 {
	d.at++
	return d.at
}

func (d *driver) word() string {
	if d.random.IntN(4) == 0 {
		return exited
	}
	return realized
}

// generation is the next export: members whose status or name has changed, some that have not, and
// records that are wrong.
func (d *driver) generation(contacts int) []row {
	d.round++
	var rows []row
	known := d.place.model.exported(d.audience)
	for i, contact := range d.some(contacts) {
		r := row{contact: contact, status: d.word(), at: d.next(), first: d.name(i)}
		held, exported := known[contact]
		exported = exported && d.audience != "gold" // of which a stream knows more
		switch choice := d.random.IntN(12); {
		case choice == 0 && exported: // what was exported already
			r.status, r.at, r.first = held.word, held.at, ""
		case choice == 1: // overtaken in the same file
			rows = append(rows, row{contact: contact, status: realized, at: r.at - 1, first: "Overtaken"})
		case choice == 2 && exported: // overtaken by what was exported
			r.at = held.at - 1
		}
		rows = append(rows, r)
	}
	rows = append(rows, row{status: realized, at: d.next()}, row{contact: "nobody", status: realized, at: d.next()},
		row{contact: d.place.contacts[0], at: d.next()}, row{contact: nobody, status: realized, at: d.next()})
	if d.audience == "vip" {
		rows = append(rows, row{contact: d.some(1)[0], status: realized, at: d.next(), first: strings.Repeat("long ", longest)})
	}
	d.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

func (d *driver) name(i int) string {
	if d.audience != "vip" || d.random.IntN(5) == 0 {
		return ""
	}
	return fmt.Sprintf("Given %d-%d", d.round, i)
}

// Command generate makes the sample audience of this folder from contact ids on its standard input,
// one per line: those of the simulator (`GET /_simulator/contacts`). The same ids give the same
// files.
//
//	go run ./dynamics/simulator/cmd -contacts 10000 -seed 1 -listen 127.0.0.1:9080 &
//	curl -s http://127.0.0.1:9080/_simulator/contacts | go run ./examples/generate examples
package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	members   = 1900 // contacts of the audience in vip.ndjson
	csvRows   = 200  // rows of vip.csv
	exitShare = 8    // one in so many has left the audience
)

// person is a member with the values that are mapped.
type person struct {
	contact, first, last, email, birth string
	exited                             bool
	when                               time.Time
}

func main() {
	if err := run(os.Stdin, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ids io.Reader, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate FOLDER < ids")
	}
	contacts, err := readIDs(ids)
	if err != nil {
		return err
	}
	if len(contacts) < members {
		return fmt.Errorf("%d contact ids came in, %d are needed", len(contacts), members)
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(contacts), func(i, j int) { contacts[i], contacts[j] = contacts[j], contacts[i] })
	people := make([]person, members)
	for i := range people {
		people[i] = newPerson(r, contacts[i], i)
	}
	lines, err := profiles(r, people)
	if err != nil {
		return err
	}
	rows, err := table(people[:csvRows])
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(args[0], "vip.ndjson"), lines, 0o644), os.WriteFile(filepath.Join(args[0], "vip.csv"), rows, 0o644))
}

// readIDs gives the ids in an order of its own, so that the input's does not matter.
func readIDs(in io.Reader) ([]string, error) {
	var ids []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if id := strings.TrimSpace(lines.Text()); id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, lines.Err()
}

func newPerson(r *rand.Rand, contact string, i int) person {
	first := []string{"Ada", "Zoë", "Anne-Marie", "Kofi", "Nguyễn", "José", "Çağla", "Siobhán", "李", "Oluwaseun"}
	last := []string{"Smith", "O'Brien", "van der Berg", "López, Jr.", "d’Ávila", "Jensen", "Kowalski", "Haddad", "Müller", "Doe"}
	return person{
		contact: contact, first: first[r.IntN(len(first))], last: last[r.IntN(len(last))],
		email:  fmt.Sprintf("vip%d@example.org", i+1),
		birth:  time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(20000)).Format(time.DateOnly),
		exited: r.IntN(exitShare) == 0,
		when:   time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(180*24*3600)) * time.Second),
	}
}

// profiles writes AEP profiles, with the blemishes that exports have.
func profiles(r *rand.Rand, people []person) ([]byte, error) {
	var written []person
	write := func(p person) { written = append(written, p) }
	for i, p := range people {
		switch {
		case i%40 == 0: // an older state of the same contact, which loses
			old := p
			old.when, old.exited, old.first = p.when.AddDate(0, -6, 0), !p.exited, "Old"
			write(old)
		case i%100 == 1: // no contact id, or none that is a GUID
			broken := p
			broken.contact = []string{"", p.email}[r.IntN(2)]
			write(broken)
		case i%150 == 2: // a contact that Dynamics does not have
			gone := p
			gone.contact = fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
			write(gone)
		case i%200 == 3:
			p.birth = "unknown"
		case i%60 == 4:
			p.email = ""
		}
		write(p)
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for _, p := range written {
		if err := lines.Encode(profile(r, p)); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func profile(r *rand.Rand, p person) map[string]any {
	status := []string{"realized", "realized", "existing"}[r.IntN(3)]
	if p.exited {
		status = "exited"
	}
	times := []any{p.when.Format(time.RFC3339), p.when.Format("2006-01-02T15:04:05.000-0700"), p.when.Format(time.DateTime), p.when.UnixMilli()}
	entry := map[string]any{"status": status, "lastQualificationTime": times[r.IntN(len(times))]}
	memberships := map[string]any{"ups": map[string]any{"vip": entry}}
	if r.IntN(10) == 0 {
		memberships["ups"] = map[string]any{"vip": entry, "newsletter": map[string]any{"status": "realized", "lastQualificationTime": p.when.Format(time.RFC3339)}}
	}
	if r.IntN(50) == 0 { // a profile of another audience alone
		memberships = map[string]any{"ups": map[string]any{"newsletter": map[string]any{"status": "realized"}}}
	}
	identities := map[string]any{"ECID": []any{map[string]any{"id": fmt.Sprintf("%038d", r.Uint64())}}}
	if p.contact != "" {
		forms := []string{p.contact, p.contact, "{" + strings.ToUpper(p.contact) + "}", p.contact + "@acmeorg.Dynamics"}
		identities["contactId"] = []any{map[string]any{"id": forms[r.IntN(len(forms))]}}
	}
	return map[string]any{
		"person":            map[string]any{"name": map[string]any{"firstName": p.first, "lastName": p.last}, "birthDate": p.birth},
		"personalEmail":     map[string]any{"address": p.email},
		"segmentMembership": memberships,
		"identityMap":       identities,
	}
}

// table writes the same people as a CSV export does.
func table(people []person) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{{"contactId", "status", "lastQualificationTime", "firstName", "lastName", "email", "birthDate"}}
	for _, p := range people {
		status := "realized"
		if p.exited {
			status = "exited"
		}
		rows = append(rows, []string{p.contact, status, p.when.Format(time.RFC3339), p.first, p.last, p.email, p.birth})
	}
	err := w.WriteAll(rows)
	return out.Bytes(), err
}

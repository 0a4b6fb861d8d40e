package simulator

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// control answers the endpoints below /_simulator/: without a token, never counted, limited or
// delayed.
func (s *Server) control(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "read the body: "+err.Error(), http.StatusBadRequest)
		return
	}
	switch r.Method + " " + name {
	case "GET contacts":
		err = s.listContacts(w, r)
	case "POST contacts":
		err = s.changeContacts(body)
	case "GET stats":
		err = answerJSON(w, s.Stats())
	case "GET writes":
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, err = w.Write(s.db.history.appendTo(nil))
	case "GET faults":
		err = answerJSON(w, s.faults.list())
	case "POST faults":
		err = s.postFaults(body)
	case "DELETE faults":
		s.faults.clear()
	case "GET limits":
		err = answerJSON(w, s.Limits())
	case "POST limits":
		err = s.postLimits(body)
	case "POST reset":
		if r.URL.Query().Get("contacts") == "true" {
			err = s.ResetContacts()
		} else {
			s.Reset()
		}
	default:
		http.Error(w, "below /_simulator/ there are: GET and POST contacts, GET stats, GET writes, GET, POST and DELETE faults, GET and POST limits, POST reset", http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}

func (s *Server) postFaults(body []byte) error {
	list, err := decodeFaults(body)
	if err != nil {
		return err
	}
	for _, f := range list {
		if err := s.AddFault(f); err != nil {
			return err
		}
	}
	return nil
}

// AddFault puts a fault in force.
func (s *Server) AddFault(f Fault) error { return s.faults.add(f) }

// Limits gives the limits and the load model in force.
func (s *Server) Limits() Limits {
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	return s.load.limits
}

// SetLimits changes the limits and the load model of a running simulator. What the windows hold
// stays.
func (s *Server) SetLimits(l Limits) error {
	if l.Requests < 1 || l.Seconds <= 0 || l.Concurrency < 1 || l.Parallelism < 1 || l.LatencyMilliseconds < 0 || l.RowLatencyMilliseconds < 0 {
		return errors.New("limits: requests, seconds, concurrency and parallelism must be above 0, latencies not below")
	}
	if l.Others < 0 || l.Others >= 1 {
		return errors.New("limits: others take a share of 0 to below 1")
	}
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	s.load.limits = l
	return nil
}

// postLimits changes the limits named in the body and leaves the others.
func (s *Server) postLimits(body []byte) error {
	l := s.Limits()
	if err := json.Unmarshal(body, &l); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	return s.SetLimits(l)
}

// Reset forgets counts, writes, faults and what the limits' windows hold.
func (s *Server) Reset() {
	s.faults.clear()
	s.stats.clear(s.now())
	s.load.forget()
	s.db.history.clear()
}

// ResetContacts is Reset, and undoes every change of the rows.
func (s *Server) ResetContacts() error {
	s.Reset()
	return s.restore()
}

// restore brings the rows back that the options ask for.
func (s *Server) restore() error {
	x := s.db.begin(origin{hidden: true}, false)
	for _, t := range s.db.tables {
		for _, row := range append([]uint32(nil), t.sorted()...) {
			x.delete(t, row)
		}
	}
	s.db.generateAccounts(s.options.Seed)
	s.db.generate(s.options.Seed, s.options.Contacts)
	var err error
	if s.options.ContactsFrom != "" {
		err = s.db.loadCSV(s.options.ContactsFrom)
	}
	if err == nil && s.options.DataDir != "" {
		err = s.db.keep(s.options.DataDir)
	}
	x.abandon()
	return err
}

// listContacts writes ids, one per line, or CSV with the columns asked for, by primary key. The
// list is made before any of it is sent: a slow reader must not hold the rows' lock.
func (s *Server) listContacts(w http.ResponseWriter, r *http.Request) error {
	kind, list := typeText, s.listIDs
	if names := r.URL.Query().Get("select"); names != "" {
		kind, list = "text/csv; charset=utf-8", func() ([]byte, error) { return s.listColumns(strings.Split(names, ",")) }
	}
	body, err := list()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body) // a reader that left needs no answer
	return nil
}

func (s *Server) listColumns(names []string) ([]byte, error) {
	t := s.db.contacts
	columns := make([]*attribute, len(names))
	for i, name := range names {
		if columns[i] = t.byName[name]; columns[i] == nil {
			columns[i] = t.byProperty[name]
		}
		if columns[i] == nil {
			return nil, fmt.Errorf("contact has no column %q", name)
		}
	}
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.Write(names); err != nil {
		return nil, err
	}
	record := make([]string, len(columns))
	for _, row := range t.sorted() {
		for i, c := range columns {
			record[i] = string(c.appendPlain(nil, c.get(t, row)))
		}
		if err := out.Write(record); err != nil {
			return nil, err
		}
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

func (s *Server) listIDs() ([]byte, error) {
	t := s.db.contacts
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	b := make([]byte, 0, t.count()*(guidTextLength+1))
	for _, row := range t.sorted() {
		b = append(t.ids[row].append(b), '\n')
	}
	return b, nil
}

// changeContacts applies [{contactid, col: ...} | {contactid, delete: true}] behind the client's
// back: rows that do not exist are made, all or nothing.
func (s *Server) changeContacts(body []byte) error {
	changes, err := s.parseChanges(body)
	if err != nil {
		return err
	}
	t := s.db.contacts
	x := s.db.begin(origin{user: userElsewhere, hidden: true}, false)
	for _, change := range changes {
		row, found := t.find(change.id)
		switch {
		case change.remove && found:
			x.delete(t, row)
		case change.remove:
		case found:
			x.update(t, row, change.cells)
		default:
			x.create(t, change.id, change.cells)
		}
	}
	_, err = x.commit()
	return err
}

type contactChange struct {
	id     guid
	remove bool
	cells  []assignment
}

func (s *Server) parseChanges(body []byte) ([]contactChange, error) {
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, fmt.Errorf("want [{contactid, col: ...} | {contactid, delete: true}]: %w", err)
	}
	changes := make([]contactChange, len(rows))
	var known internedTexts
	for i, row := range rows {
		if err := s.parseChange(&changes[i], row, &known); err != nil {
			return nil, fmt.Errorf("contact %d: %w", i+1, err)
		}
	}
	return changes, nil
}

func (s *Server) parseChange(change *contactChange, row map[string]json.RawMessage, known *internedTexts) error {
	t := s.db.contacts
	for name, raw := range row {
		l, err := (&scanner{data: raw}).value()
		if err != nil {
			return err
		}
		if name == "delete" {
			change.remove = l.kind == literalTrue
			continue
		}
		c := t.byName[name]
		if c == nil || c.readOnly {
			return fmt.Errorf("contact has no writable column %q", name)
		}
		v, answer := c.accept(t, l, known)
		switch {
		case answer != nil:
			return fmt.Errorf("%s: %s", name, answer.message)
		case c.kind == kindID:
			change.id = v.id
		default:
			change.cells = append(change.cells, assignment{c, v})
		}
	}
	if change.id == (guid{}) {
		return errors.New("contactid is missing")
	}
	return nil
}

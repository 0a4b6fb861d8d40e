package activities

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"audienceflow/audience/activation"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

const (
	// histories is how many random histories are tried, unless -rapid.checks asks for more than
	// usual: the test has to stay quick, and 30 find most faults. Rarer ones take some hundreds.
	histories      = 30
	shortHistories = 3
	usualChecks    = 100
	// contactsHeld are those that Dynamics has at first; one more is only ever named. Few, so that
	// feeds meet.
	contactsHeld = 3
)

func onDay(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }

// timesOf are the qualification times of feeds; what cannot be read or lies far ahead is oldest.
var timesOf = map[string]time.Time{
	"": {}, "soon": {}, "2099-01-01T00:00:00Z": {},
	"2026-03-01T12:00:00Z": onDay(1), "1772452800": onDay(2), "2026-03-03 12:00:00": onDay(3),
}

// TestAPlanForetellsItsRun carries random histories of feeds out, each first as a dry run, and
// compares the numbers, the rows written and what Dynamics holds with the model. A plan differs
// from its run by what only Dynamics can know.
func TestAPlanForetellsItsRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, contactsHeld)
	w.options.Destination.RequestSize = 4
	w.connect()
	w.ids = append(w.ids, "11111111-2222-4333-8444-555555555555")
	n, most, broken := 0, histories, false
	if testing.Short() {
		most = shortHistories
	}
	if asked, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String()); err == nil && asked > usualChecks {
		most = asked
	}
	rapid.Check(t, func(rt *rapid.T) {
		if n >= most && !broken { // what is broken is tried again as often as making it smaller takes
			return
		}
		n++
		wasBroken := broken
		broken = true
		defer func() { broken = wasBroken || rt.Failed() }()
		h := &history{T: rt, w: w, folder: t.TempDir(), destination: fmt.Sprintf("crm%d", n)}
		h.begin()
		for i := range rapid.IntRange(2, 5).Draw(rt, "runs") {
			h.step(i)
		}
	})
}

// history is one random history.
type history struct {
	*rapid.T
	w           *world
	folder      string
	destination string
	model       model
	tampered    bool
}

func (h *history) begin() {
	h.model = model{dynamics: map[int]map[string]*string{}, values: map[int]map[string]dated{},
		status: map[string]map[int]entry{"acme_vip": {}, "acme_gold": {}}}
	for n := range contactsHeld {
		h.model.dynamics[n] = map[string]*string{
			"firstname": h.oneOf("first held", nil, "Ann", "Bob"), "birthdate": h.oneOf("birth held", nil, "2020-05-06"),
			"acme_vip": h.oneOf("vip held", nil, "realized", "foreign"), "acme_gold": nil,
		}
		h.put(n)
	}
	h.w.sim.Server.Reset()
}

func (h *history) oneOf(label string, choices ...any) *string {
	choice, _ := rapid.SampledFrom(choices).Draw(h.T, label).(string)
	if choice == "" {
		return nil
	}
	return &choice
}

// put makes a contact hold what the model says.
func (h *history) put(n int) {
	row := map[string]any{"contactid": h.w.ids[n]}
	if h.model.dynamics[n] == nil {
		row["delete"] = true
	}
	for column, text := range h.model.dynamics[n] {
		row[column] = text
	}
	h.w.change(row)
}

// step changes something behind our back now and then, plans a feed, runs it, and looks.
func (h *history) step(i int) {
	h.tamper()
	f := h.drawFeed()
	a := h.activation(fmt.Sprintf("feed%d", i), f)
	h.w.sim.Server.Reset()
	if len(f.refused) > 0 {
		h.w.fault(simulator.Fault{Kind: "plugin", IDs: h.idsOf(f.refused)})
	}
	foretold := h.carryOut(fmt.Sprintf("%s-plan%d", h.destination, i), runs.KindPlan, a, f.full)
	require.Equal(h, h.model.clone().run(f, true).n, foretold, "the plan")
	require.Empty(h, h.writes(), "a plan writes nothing")
	if rapid.IntRange(1, 4).Draw(h.T, "only planned") == 1 {
		return
	}

	run := fmt.Sprintf("%s-run%d", h.destination, i)
	got := h.carryOut(run, runs.KindActivate, a, f.full)
	want := h.model.run(f, false)
	require.Equal(h, want.n, got, "the run")
	require.Equal(h, want.written, h.writes(), "the columns written")
	require.Equal(h, h.model.dynamics, h.held(), "what Dynamics holds")
	h.validate(run, f, a, want)
}

func (h *history) validate(run string, f feed, a Activation, want outcome) {
	if h.tampered || len(h.model.exported(f.column())) == 0 {
		return
	}
	v := h.w.validate(a, run+"-all")
	require.EqualValues(h, len(h.model.exported(f.column())), v.Expected)
	require.Equal(h, v.Expected, v.Matched)
}

// exported are the contacts that are known to hold what we wrote.
func (m model) exported(column string) (all []int) {
	for contact, e := range m.status[column] {
		if e.exported {
			all = append(all, contact)
		}
	}
	return all
}

func (h *history) tamper() {
	if rapid.IntRange(0, 3).Draw(h.T, "tamper") > 0 {
		return
	}
	h.tampered = true
	n := rapid.IntRange(0, contactsHeld-1).Draw(h.T, "whom")
	held := h.model.dynamics[n]
	switch {
	case held == nil:
		h.model.dynamics[n] = map[string]*string{"firstname": nil, "birthdate": nil, "acme_vip": nil, "acme_gold": nil}
	case rapid.Bool().Draw(h.T, "delete"):
		delete(h.model.dynamics, n)
	default:
		held["firstname"], held["acme_vip"] = h.oneOf("first changed", nil, "Ann", "Bob"), h.oneOf("vip changed", nil, "realized", "exited", "foreign")
	}
	h.put(n)
}

func (h *history) drawFeed() feed {
	draw := func(label string, oneIn int) bool { return rapid.IntRange(1, oneIn).Draw(h.T, label) == 1 }
	f := feed{
		audience: rapid.SampledFrom([]string{"vip", "vip", "gold"}).Draw(h.T, "audience"), asOf: onDay(rapid.IntRange(4, 7).Draw(h.T, "asOf")),
		timed: draw("timed", 2), consent: draw("consent", 3), complete: draw("complete", 2), reject: draw("reject", 3), full: draw("full", 5),
		clearFirst: draw("clear first", 2), clearBirth: draw("clear birth", 2),
		onExit: rapid.SampledFrom([]string{"write", "clear", "keep"}).Draw(h.T, "onExit"), refused: map[int]bool{},
	}
	if draw("refusals", 4) {
		f.refused[rapid.IntRange(0, contactsHeld-1).Draw(h.T, "refused")] = true
	}
	sample := func(label string, choices ...string) string { return rapid.SampledFrom(choices).Draw(h.T, label) }
	for range rapid.IntRange(0, 6).Draw(h.T, "rows") {
		f.rows = append(f.rows, feedRow{
			contact: rapid.IntRange(noContact, contactsHeld).Draw(h.T, "contact"),
			status:  sample("status", "realized", "realized", "existing", "exited", "exited", "maybe"),
			time:    sample("time", "", "soon", "2099-01-01T00:00:00Z", "2026-03-01T12:00:00Z", "1772452800", "2026-03-03 12:00:00"),
			consent: sample("consent", "y", "y", "n", ""),
			first:   sample("first", "Ann", "Bob", "", overlong),
			born:    sample("born", "2020-05-06", "2021-07-08T23:30:00+02:00", "", "nonsense"),
		})
	}
	return f
}

// activation writes a feed and its activation file, and reads the file as everybody does.
func (h *history) activation(name string, f feed) Activation {
	source := filepath.Join(h.folder, name+".csv")
	var text strings.Builder
	w := csv.NewWriter(&text)
	lines := [][]string{{"id", "state", "when", "consent", "first", "born"}}
	for _, r := range f.rows {
		id := "no-guid"
		if r.contact != noContact {
			id = "{" + strings.ToUpper(h.w.ids[r.contact]) + "}"
		}
		lines = append(lines, []string{id, r.status, r.time, r.consent, r.first, r.born})
	}
	require.NoError(h, w.WriteAll(lines))
	require.NoError(h, os.WriteFile(source, []byte(text.String()), 0o600))
	require.NoError(h, os.Chtimes(source, f.asOf, f.asOf))
	line := func(condition bool, text string) string {
		if condition {
			return text
		}
		return ""
	}
	file := fmt.Sprintf(`destination: %s
audience: %s
mappingId: %s
onExit: %s
source: {url: %s, format: csv, contactId: id, status: state, complete: %t%s}
mapping:
  - {source: first, target: FirstName%s}
  - {source: born, target: birthdate%s}
%s%s`, h.destination, f.audience, f.audience, f.onExit, source, f.complete, line(f.timed, ", lastQualificationTime: when"),
		line(f.clearFirst, ", whenEmpty: clear"), line(f.clearBirth, ", whenEmpty: clear"),
		line(f.reject, "onBadValue: reject\n"), line(f.consent, "requireConsent: consent\n"))
	list, err := activation.Parse([]byte(file), filepath.Join(h.folder, name+".yaml"))
	require.NoError(h, err)
	return list[0]
}

// carryOut takes a run through all its steps and gives its numbers.
func (h *history) carryOut(run, kind string, a Activation, full bool) runs.Numbers {
	plan := h.w.planAs(ResolveColumnsInput{Run: run, Kind: kind, Activation: a, Full: full, Now: time.Now()})
	for batch := 1; kind != runs.KindPlan && batch <= plan.Batches; batch++ {
		out, err := do(h.w, h.w.sending.UpdateContacts, UpdateContactsInput{Run: run, Batch: batch})
		require.NoError(h, err)
		require.Zero(h, out.Pending)
	}
	out, err := do(h.w, h.w.records.RecordRun, RecordRunInput{Report: runs.Report{
		Run: run, Kind: kind, Destination: h.destination, Column: "acme_" + a.Audience, StoreID: h.w.options.Store.ID(), Status: runs.StatusCompleted,
	}})
	require.NoError(h, err)
	return out.Numbers
}

func (h *history) idsOf(contacts map[int]bool) (ids []string) {
	for n := range contacts {
		ids = append(ids, h.w.ids[n])
	}
	return ids
}

// writes are the columns written since the last reset; each contact at most once.
func (h *history) writes() map[int][]string {
	response, err := h.w.web().Get(h.w.sim.URL + "/_simulator/writes")
	require.NoError(h, err)
	defer response.Body.Close()
	written := map[int][]string{}
	for decoder := json.NewDecoder(response.Body); decoder.More(); {
		var write struct {
			ContactID string   `json:"contactid"`
			Columns   []string `json:"columns"`
		}
		require.NoError(h, decoder.Decode(&write))
		n := slices.Index(h.w.ids, strings.ToLower(write.ContactID))
		require.NotContains(h, written, n, "written twice")
		slices.Sort(write.Columns)
		written[n] = write.Columns
	}
	return written
}

// held is what Dynamics holds now.
func (h *history) held() map[int]map[string]*string {
	columns := []string{"firstname", "birthdate", "acme_vip", "acme_gold"}
	response, err := h.w.web().Get(h.w.sim.URL + "/_simulator/contacts?select=contactid," + strings.Join(columns, ","))
	require.NoError(h, err)
	defer response.Body.Close()
	rows, err := csv.NewReader(response.Body).ReadAll()
	require.NoError(h, err)
	held := map[int]map[string]*string{}
	for _, row := range rows[1:] {
		n := slices.Index(h.w.ids, row[0])
		held[n] = map[string]*string{}
		for i, column := range columns {
			held[n][column] = nil
			if row[i+1] != "" {
				held[n][column] = &row[i+1]
			}
		}
	}
	return held
}

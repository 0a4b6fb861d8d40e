package activities

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"audienceflow/audience/activation"
	"audienceflow/runs"
	"audienceflow/store/storetest"
)

// member is a row of a member list, as every export of the list must say it. Contact is a number of
// the world's.
type member struct {
	contact            int
	status, first, job string
	at                 time.Time
	outdated           bool // another row of the contact is newer: an export without times has only that
}

func memberList() []member {
	at := func(day, hour int) time.Time { return time.Date(2025, 6, day, hour, 30, 0, 0, time.UTC) }
	return []member{
		{0, "realized", `Ann "Annie" Lee`, `TV 55"`, at(12, 9), false},
		{1, "exited", "Zoë, the second", `C:\temp`, at(13, 22), false},
		{2, "realized", "O'Brien", "", at(14, 0), false},
		{3, "realized", "Søren; Café", "Chef, 2|3:4", at(12, 10), false},
		{3, "exited", "Older", "Older", at(2, 23), true},
		{4, "realized", "Null", "\\", at(1, 12), false},
	}
}

// dress is a member list as one exporter writes it, and what the activation file says of that.
type dress struct{ file, content, source string }

const tableKeys = "  contactId: id\n  status: status\n  lastQualificationTime: at\n"

// tableOf writes the list with a separator, each text quoted, quotes escaped by a character, and
// times in a layout and zone.
func (w *world) tableOf(comma, escape, layout string, zone *time.Location) string {
	var text strings.Builder
	fmt.Fprintln(&text, strings.Join([]string{"id", "status", "at", "first", "job"}, comma))
	quote := func(cell string) string {
		if escape != `"` {
			cell = strings.ReplaceAll(cell, escape, escape+escape)
		}
		return `"` + strings.ReplaceAll(cell, `"`, escape+`"`) + `"`
	}
	for _, m := range memberList() {
		cells := []string{w.ids[m.contact], m.status, quote(m.at.In(zone).Format(layout)), quote(m.first), quote(m.job)}
		fmt.Fprintln(&text, strings.Join(cells, comma))
	}
	return text.String()
}

// jsonOf writes the list as JSON objects.
func (w *world) jsonOf(between string, outdated bool, one func(id string, m member) map[string]any) string {
	var all []string
	for _, m := range memberList() {
		if m.outdated && !outdated {
			continue
		}
		object := one(w.ids[m.contact], m)
		object["first"], object["job"] = m.first, m.job
		text, err := json.Marshal(object)
		require.NoError(w.t, err)
		all = append(all, string(text))
	}
	return strings.Join(all, between)
}

func xdmProfile(id string, m member) map[string]any {
	return map[string]any{
		"identityMap":       map[string]any{"contactId": []any{map[string]any{"id": strings.ToUpper(id) + "@acme.Dynamics"}}},
		"segmentMembership": map[string]any{"UPS": map[string]any{"vip": map[string]any{"status": m.status, "lastQualificationTime": m.at.Format(time.RFC3339)}}},
	}
}

func sdkProfile(id string, m member) map[string]any {
	list := map[string]string{"realized": "add", "exited": "remove"}[m.status]
	return map[string]any{
		"identities":                      []any{map[string]any{"type": "contactId", "id": id}},
		"AdobeExperiencePlatformSegments": map[string]any{list: []string{"vip"}},
	}
}

func listedProfile(id string, m member) map[string]any {
	return map[string]any{"contactId": id, "status": m.status, "lastQualificationTime": m.at.UnixMilli()}
}

func flatProfile(id string, m member) map[string]any {
	return map[string]any{"id": id, "status": m.status, "at": m.at.Format("2006-01-02 15:04:05")}
}

func asUTF16(text string, order binary.ByteOrder) string {
	units := utf16.Encode([]rune("\ufeff" + text))
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return string(out)
}

func asWindows1252(text string) string {
	return strings.NewReplacer("ë", "\xeb", "é", "\xe9", "ø", "\xf8").Replace(text)
}

func asCRLF(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func (w *world) parquetOf() string {
	type row struct {
		ID     string    `parquet:"id"`
		Status string    `parquet:"status"`
		At     time.Time `parquet:"at,timestamp(microsecond)"`
		First  string    `parquet:"first"`
		Job    *string   `parquet:"job,optional"`
	}
	var file strings.Builder
	out := parquet.NewGenericWriter[row](&file)
	for _, m := range memberList() {
		r := row{w.ids[m.contact], m.status, m.at, m.first, nil}
		if m.job != "" {
			r.Job = &m.job
		}
		_, err := out.Write([]row{r})
		require.NoError(w.t, err)
	}
	require.NoError(w.t, out.Close())
	return file.String()
}

// queried is the dress that a database gives the list.
const queried = "a query"

// query gives the list from a database.
func (w *world) query() string {
	var values []string
	for _, m := range memberList() {
		values = append(values, fmt.Sprintf("('%s'::uuid, '%s', timestamptz '%s', '%s', nullif('%s', ''))", w.ids[m.contact], m.status, m.at.Format(time.RFC3339),
			strings.ReplaceAll(m.first, "'", "''"), m.job))
	}
	return "  sql: \"SELECT * FROM (VALUES " + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(values, ", ")) +
		") AS m (id, status, at, first, job)\"\n  connection: crm\n" + tableKeys
}

func (w *world) dresses() map[string]dress {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(w.t, err)
	plain := w.tableOf(",", `"`, time.RFC3339, time.UTC)
	wide := strings.NewReplacer("id,status,", "id,ups_vip,").Replace(plain)
	return map[string]dress{
		"AEP JSON, lines":        {"a.ndjson", w.jsonOf("\n", true, xdmProfile), ""},
		"AEP JSON, a list":       {"a.json", "[" + w.jsonOf(",", true, xdmProfile) + "]", "  format: aep-json\n"},
		"AEP JSON, packed":       {"a.json.gz", packedText(w.jsonOf("\n", true, xdmProfile)), ""},
		"AEP JSON, by audience":  {"a.json", `{"audienceId":"vip","profiles":[` + w.jsonOf(",", true, listedProfile) + `]}`, ""},
		"SDK body":               {"a.json", `{"profiles":[` + w.jsonOf(",", false, sdkProfile) + `]}`, ""},
		"flat JSON":              {"a.ndjson", w.jsonOf("\n", true, flatProfile), tableKeys},
		"CSV":                    {"a.csv", plain, tableKeys},
		"CSV, a wide column":     {"a.csv", wide, "  contactId: id\n  lastQualificationTime: at\n"},
		"CSV of AEP, backslash":  {"a.csv", w.tableOf(",", `\`, time.RFC3339, time.UTC), tableKeys},
		"CSV of AEP, apostrophe": {"a.csv", w.tableOf(",", `'`, time.RFC3339, time.UTC), tableKeys},
		"Excel, Germany": {"a.csv", "\ufeff" + asCRLF(w.tableOf(";", `"`, "02.01.2006 15:04", berlin)),
			tableKeys + "  timeFormat: 02.01.2006 15:04\n  timeZone: Europe/Berlin\n"},
		"Excel, France, its code page": {"a.csv", asCRLF(asWindows1252(w.tableOf(";", `"`, "02/01/2006 15:04", time.UTC))),
			tableKeys + "  encoding: windows-1252\n  timeFormat: 02/01/2006 15:04\n"},
		"Excel, United States": {"a.csv", asCRLF(w.tableOf(",", `"`, "1/2/2006 3:04 PM", time.UTC)), tableKeys + "  timeFormat: 1/2/2006 3:04 PM\n"},
		"Excel, Unicode text":  {"a.txt", asUTF16(w.tableOf("\t", `"`, time.RFC3339, time.UTC), binary.LittleEndian), tableKeys},
		"UTF-16, big endian":   {"a.csv", asUTF16(plain, binary.BigEndian), tableKeys},
		"lines that end in CR": {"a.csv", strings.ReplaceAll(plain, "\n", "\r"), tableKeys},
		"unit separators":      {"a.csv", w.tableOf("\x1f", `"`, time.RFC3339, time.UTC), tableKeys},
		"Parquet":              {"a.parquet", w.parquetOf(), tableKeys},
		queried:                {"", "", w.query()},
	}
}

// put writes a dress where an activation finds it.
func (w *world) put(d dress) Activation {
	w.t.Helper()
	folder := w.t.TempDir()
	source := d.source
	if d.file != "" {
		writeFile(w.t, filepath.Join(folder, d.file), d.content)
		source = "  url: " + d.file + "\n" + source
	}
	list, err := activation.Parse([]byte("destination: dynamics\naudience: vip\nmappingId: vip\nsource:\n"+source+
		"mapping: [{source: first, target: FirstName}, {source: job, target: JobTitle, whenEmpty: clear}]\n"), filepath.Join(folder, "vip.yaml"))
	require.NoError(w.t, err)
	return list[0]
}

// TestTheSameListInEveryDressGivesOneEndState exports one list of members as nineteen exporters
// write it, and looks at Dynamics.
func TestTheSameListInEveryDressGivesOneEndState(t *testing.T) {
	t.Parallel()
	names := newWorld(t, 6).dresses()
	for name := range names {
		if testing.Short() && crc32.ChecksumIEEE([]byte(name))%3 != 0 {
			continue // package source compares what it reads of all
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 6)
			if name == queried {
				database := storetest.Database(t)
				w.options.SourceURL = func(string) string { return database }
			}
			w.connect()
			want := w.endState()
			for _, m := range memberList() {
				if !m.outdated {
					want[w.ids[m.contact]] = [3]string{m.status, m.first, m.job}
				}
			}
			a := w.put(w.dresses()[name])
			w.activate("run", a)
			require.Equal(t, want, w.endState())

			numbers, err := w.options.Store.Counts(t.Context(), "run")
			require.NoError(t, err)
			require.EqualValues(t, 5, numbers.Activated)
			require.Zero(t, numbers.Excluded+numbers.Failed+numbers.Warnings+numbers.Ignored)
			require.Equal(t, runs.VerdictMatch, w.validate(a, "validation").Verdict)
			require.Empty(t, w.planAs(ResolveColumnsInput{Run: "again", Kind: runs.KindActivate, Activation: a}).Risks.ToSend, "all is there")
		})
	}
}

// endState is what Dynamics holds of each contact: the audience's column, first name, job.
func (w *world) endState() map[string][3]string {
	w.t.Helper()
	state := map[string][3]string{}
	status, first, job := w.column("acme_vip"), w.column("firstname"), w.column("jobtitle")
	for _, id := range w.ids {
		state[id] = [3]string{status[id], first[id], job[id]}
	}
	return state
}

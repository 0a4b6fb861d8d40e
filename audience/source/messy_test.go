package source_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
)

// messyRecords is enough for every combination of the messes below.
const messyRecords = 5000

// intent is what a record is meant to say, before it is written in one of the
// ways in which exports write it.
type intent struct {
	id, status, first string // as written
	time              any    // as written, nil for none
	want              audience.Record
}

// newIntent makes up a record and says what must be read of it.
func newIntent(r *rand.Rand) intent {
	guid := fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xffff, r.Uint32()&0xffff, r.Uint64()&0xffffffffffff)
	i := intent{want: audience.Record{Kind: audience.RecordRow, Contact: guid}}
	i.id = pick(r, guid, "{"+guid+"}", strings.ToUpper(guid), guid+"@acme.Dynamics", "{"+strings.ToUpper(guid)+"}@a.b.dynamics", " "+guid+" ")
	i.want.Status = pick(r, audience.Realized, audience.Exited)
	if i.want.Status == audience.Realized {
		i.status = pick(r, "realized", "existing", "active", "Realized", " ACTIVE ")
	} else {
		i.status = pick(r, "exited", "exiting", "expired", "EXITED")
	}
	i.setTime(r)
	i.first = pick(r, "Zoë", "O'Brien", `López, "Jr."`, "李", " two\nlines ", "", "   ")
	i.want.Values = []audience.Value{{State: audience.ValueText, Text: i.first}}
	if strings.TrimSpace(i.first) == "" {
		i.want.Values[0] = audience.Value{}
	}
	switch r.IntN(20) {
	case 0:
		i.id, i.want = pick(r, "", " "), audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonMissingContactID}
	case 1:
		i.id, i.want = pick(r, "a@b.example", guid[1:], guid+"@acme"), audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonInvalidContactID}
	case 2:
		i.status, i.want = pick(r, "", "removed"), audience.Record{Kind: audience.RecordExcluded, Contact: guid, Reason: runs.ReasonUnknownStatus}
	}
	return i
}

func (i *intent) setTime(r *rand.Rand) {
	t := now.Add(-time.Duration(r.IntN(1e6)) * time.Second)
	i.want.Time = t
	switch r.IntN(9) {
	case 0:
		i.time = t.Format("2006-01-02T15:04:05Z")
	case 1:
		i.time = t.In(time.FixedZone("", 19800)).Format("2006-01-02T15:04:05-07:00")
	case 2:
		i.time = t.In(time.FixedZone("", -12600)).Format("2006-01-02T15:04:05.000-0700")
	case 3:
		i.time = t.Format("2006-01-02 15:04:05")
	case 4:
		i.time = t.UnixMilli()
	case 5:
		i.time = fmt.Sprint(t.Unix())
	default:
		i.time, i.want.Time = pick[any](r, "soon", nil, "", "2030-01-01T00:00:00Z"), time.Time{}
	}
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// profile writes the intent as an AEP profile.
func (i intent) profile(r *rand.Rand) map[string]any {
	x := pick(r, "", "xdm:")
	entry := map[string]any{x + "status": i.status}
	if i.time != nil {
		entry[x+"lastQualificationTime"] = i.time
	}
	ids := []any{map[string]any{x + "id": i.id}}
	if r.IntN(3) == 0 {
		ids = []any{map[string]any{"id": i.id, "primary": true}, map[string]any{"id": guidA}}
	}
	return map[string]any{
		x + "segmentMembership": map[string]any{
			pick(r, "ups", "UPS"): map[string]any{x + "vip": entry, "other": map[string]any{"status": "realized"}},
			"aam":                 map[string]any{"vip": map[string]any{"status": "exited"}},
		},
		x + "identityMap":              map[string]any{"ECID": []any{map[string]any{"id": "1"}}, pick(r, "contactId", "ContactID"): ids},
		pick(r, "", "xdm:") + "person": map[string]any{"name": map[string]any{pick(r, "", "xdm:") + "firstName": i.first}},
	}
}

func TestMessyNDJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var file strings.Builder
	var want []audience.Record
	for range messyRecords {
		i := newIntent(r)
		p := i.profile(r)
		switch r.IntN(25) {
		case 0:
			i.want = audience.Record{Kind: audience.RecordIgnored}
			p = map[string]any{"identityMap": p["identityMap"], "segmentMembership": map[string]any{"ups": map[string]any{"other": map[string]any{"status": "realized"}}}}
		case 1:
			i.want = audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable}
		}
		line, err := json.Marshal(p)
		require.NoError(t, err)
		if i.want.Reason == runs.ReasonUnreadable {
			line = line[:r.IntN(len(line)-1)+1]
		}
		file.Write(line)
		file.WriteString("\n")
		want = append(want, i.want)
	}
	records := mustRead(t, jsonActivation(), "messy.ndjson", file.String()+member(guidA))
	compare(t, want, records[:len(records)-1])
	for i, record := range records {
		require.Equal(t, int64(i+1), record.Line)
	}
}

func TestMessyCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var file strings.Builder
	file.WriteString("\xef\xbb\xbf")
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	require.NoError(t, w.Write([]string{"extra", "id", "status", "time", "first"}))
	var want []audience.Record
	for range messyRecords {
		i := newIntent(r)
		when := ""
		if i.time != nil {
			when = fmt.Sprint(i.time)
		}
		row := []string{"x", i.id, i.status, when, i.first}
		if r.IntN(25) == 0 {
			row, i.want = row[:4], audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable}
		}
		require.NoError(t, w.Write(row))
		want = append(want, i.want)
	}
	w.Flush()
	// A CSV writer with CRLF writes it inside values as well.
	for i := range want {
		for k, v := range want[i].Values {
			want[i].Values[k].Text = strings.ReplaceAll(v.Text, "\n", "\r\n")
		}
	}
	compare(t, want, mustRead(t, csvActivation(), "messy.csv", file.String()))
}

func compare(t *testing.T, want, got []audience.Record) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		g := got[i]
		require.Equal(t, g.Reason == runs.ReasonInvalidContactID, g.Offending != "", "record %d", i+1)
		g.Position, g.Line, g.Detail, g.Offending = 0, 0, "", ""
		require.Equal(t, want[i], g, "record %d", i+1)
	}
}

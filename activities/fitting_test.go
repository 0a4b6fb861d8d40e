package activities

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store/staging"
)

// overlong is longer than the 50 characters of a first name; its last character counts twice.
var overlong = strings.Repeat("x", 58) + "😀"

func TestAValueThatIsLeftOutIsToldOfWithoutShowingIt(t *testing.T) {
	w := newWorld(t, 3)
	a := w.activation(w.ids[0]+",Fits,realized", w.ids[1]+","+overlong+",realized")
	w.activate("run", a)
	got, err := w.options.Store.Warnings(t.Context(), "run")
	require.NoError(t, err)
	require.Equal(t, []staging.WarningCount{{Column: "firstname", Cause: "longer than 50 characters", Total: 1}}, got.Counts)
	require.Equal(t, []staging.Warning{{Position: 2, Line: 3, Contact: w.ids[1],
		LeftOut: staging.LeftOut{Column: "firstname", Cause: "longer than 50 characters", Length: 60}}}, got.First)
}

func TestAValueThatRejectsItsRowIsToldOfWithItsLength(t *testing.T) {
	w := newWorld(t, 3)
	a := w.activation(w.ids[0]+",Fits,realized", w.ids[1]+","+overlong+",realized")
	a.OnBadValue = audience.OnBadValueReject
	w.activate("run", a)
	rows, err := w.options.Store.Rejected(t.Context(), "run", staging.RejectedQuery{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, runs.ReasonInvalidValue, rows[0].Reason)
	require.Equal(t, "firstname", rows[0].Column)
	require.Equal(t, "longer than 50 characters: the value has 60 characters", rows[0].Text)
}

func TestAWordForNoValueIsCountedAndClearsOnlyWhereItIsListed(t *testing.T) {
	for _, c := range []struct {
		listed   []string
		bad      string
		warnings int64
		want     []string // of the first names
	}{
		{nil, audience.OnBadValueSkip, 2, []string{"First 0", "First 1", "Null"}},
		{nil, audience.OnBadValueReject, 2, []string{"First 0", "First 1", "Null"}},
		{[]string{"null"}, audience.OnBadValueSkip, 0, []string{"", "", "Null"}},
		{[]string{}, audience.OnBadValueSkip, 0, []string{"null", "NULL", "Null"}},
	} {
		w := newWorld(t, 3)
		before := w.column("firstname")
		a := w.activation(w.ids[0]+",null,realized", w.ids[1]+",NULL,realized", w.ids[2]+`,"Null",realized`)
		a.Source.NullText, a.OnBadValue, a.Mapping[0].WhenEmpty = c.listed, c.bad, audience.WhenEmptyClear
		w.activate("run", a)
		got, err := w.options.Store.Warnings(t.Context(), "run")
		require.NoError(t, err)
		if c.warnings > 0 {
			require.Equal(t, []staging.WarningCount{{Column: "firstname", Cause: nullWord, Total: c.warnings}}, got.Counts)
		} else {
			require.Empty(t, got.Counts)
		}
		for i, want := range c.want {
			if strings.HasPrefix(want, "First") {
				want = before[w.ids[i]]
			}
			require.Equal(t, want, w.column("firstname")[w.ids[i]], "%v %d", c.listed, i)
		}
	}
}

func TestARowInAnotherEncodingSaysSo(t *testing.T) {
	w := newWorld(t, 3)
	w.activate("run", w.activation(w.ids[0]+",Fits,realized", w.ids[1]+",J\xfcrgen,realized"))
	rows, err := w.options.Store.Rejected(t.Context(), "run", staging.RejectedQuery{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, audience.ReasonUnreadable, rows[0].Reason)
	require.Equal(t, "not UTF-8: save or export it as UTF-8", rows[0].Text)
}

func TestAColumnThatLosesAllItsValuesIsNamed(t *testing.T) {
	f := newFitter(settings{Activation: Activation{Mapping: []audience.Mapping{{Source: "points"}, {Source: "name"}, {Source: "gone"}}}, Mapped: []dynamics.Column{
		{LogicalName: "acme_points", Type: dynamics.TypeInteger}, {LogicalName: "firstname", Type: dynamics.TypeString, MaxLength: 3},
		{LogicalName: "lastname", Type: dynamics.TypeString}}})
	record := func(points, name string) audience.Record {
		return audience.Record{Values: []audience.Value{{State: audience.ValueText, Text: points}, {State: audience.ValueText, Text: name}, {}}}
	}
	for _, r := range []audience.Record{record("gold", "Ann"), record("silver", "too long"), record("x", "Bob")} {
		f.row(r, time.Time{})
	}
	require.Equal(t, []string{"gone"}, f.unmatched(&source.Seen{}))
	require.Equal(t, []string{"all 3 values of acme_points were left out: not a number"}, f.lost())
	f.row(audience.Record{Values: []audience.Value{{State: 2}, {}, {}}}, time.Time{})
	require.Equal(t, []string{"all 4 values of acme_points were left out: not a number, and other causes"}, f.lost())
}

func TestARowIsRightOnlyWhenAllItsValuesWerePutRight(t *testing.T) {
	value := "short"
	row := func() staging.Row {
		r := staging.Row{Contact: "a", Line: 1, Attributes: []byte(`{}`), Warnings: 2,
			LeftOut: []staging.LeftOut{{Column: "firstname", Cause: "too long", Length: 60}, {Column: "lastname", Cause: "too long", Length: 70}}}
		rejectFirst(&r)
		return r
	}
	correct := func(columns ...string) staging.Row {
		values := map[string]*string{}
		for _, column := range columns {
			values[column] = &value
		}
		c := &corrections{reject: true, byLine: map[int64]correction{1: {values: values}}}
		r := row()
		require.NoError(t, c.apply(&r))
		return r
	}
	require.Equal(t, "firstname", row().BadColumn, "the first one is named")
	one := correct("firstname")
	require.Equal(t, "lastname", one.BadColumn)
	require.Equal(t, "too long: the value has 70 characters", one.BadReason)
	both := correct("firstname", "lastname")
	require.Empty(t, both.BadColumn)
	require.Zero(t, both.Warnings)
	require.JSONEq(t, `{"firstname":"short","lastname":"short"}`, string(both.Attributes))
}

func TestMembersWithoutConsentAreCountedApart(t *testing.T) {
	w := newWorld(t, 5)
	a := w.activation()
	path := filepath.Join(a.Folder, "consent.csv")
	text := "id,first,status,consent\n"
	for i, rest := range []string{"realized,y", "realized,n", "realized,", "exited,n"} {
		text += w.ids[i] + ",Ann," + rest + "\n"
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	a.Source.URL, a.RequireConsent = path, "consent"
	for kind, run := range map[string]string{runs.KindPlan: "dry", runs.KindActivate: "run"} {
		plan := w.planAs(ResolveColumnsInput{Run: run, Kind: kind, Activation: a})
		require.EqualValues(t, 2, plan.Numbers.WithoutConsent, kind)
		require.EqualValues(t, 4, plan.Numbers.Received, kind)
		require.EqualValues(t, 3, plan.Risks.Exits, kind)
	}
}

// column gives what a column holds, by contact.
func (w *world) column(name string) map[string]string {
	w.t.Helper()
	response, err := http.Get(w.sim.URL + "/_simulator/contacts?select=contactid," + name)
	require.NoError(w.t, err)
	defer response.Body.Close()
	rows, err := csv.NewReader(response.Body).ReadAll()
	require.NoError(w.t, err)
	held := map[string]string{}
	for _, row := range rows[1:] {
		held[row[0]] = row[1]
	}
	return held
}

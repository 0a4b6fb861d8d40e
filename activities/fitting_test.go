package activities

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/mapping"
	"audienceflow/runs"
	"audienceflow/store/staging"
)

// overlong is longer than the 50 characters of a first name; its last character counts twice.
var overlong = strings.Repeat("x", 58) + "😀"

func TestAValueThatIsLeftOutIsToldOfWithoutShowingIt(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
			require.Equal(t, []staging.WarningCount{{Column: "firstname", Cause: mapping.NullWord, Total: c.warnings}}, got.Counts)
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
	t.Parallel()
	w := newWorld(t, 3)
	w.activate("run", w.activation(w.ids[0]+",Fits,realized", w.ids[1]+",J\xfcrgen,realized"))
	rows, err := w.options.Store.Rejected(t.Context(), "run", staging.RejectedQuery{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, runs.ReasonUnreadable, rows[0].Reason)
	require.Equal(t, "not UTF-8: write source.encoding: windows-1252 where Windows or Excel wrote the file, else export it as UTF-8", rows[0].Text)
}

func TestMembersWithoutConsentAreCountedApart(t *testing.T) {
	t.Parallel()
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
	response, err := w.web().Get(w.sim.URL + "/_simulator/contacts?select=contactid," + name)
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

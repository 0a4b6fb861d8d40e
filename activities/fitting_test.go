package activities

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/store"
)

// overlong is longer than the 50 characters of a first name; its last character counts twice.
var overlong = strings.Repeat("x", 58) + "😀"

func TestAValueThatIsLeftOutIsToldOfWithoutShowingIt(t *testing.T) {
	w := newWorld(t, 3)
	a := w.activation(w.ids[0]+",Fits,realized", w.ids[1]+","+overlong+",realized")
	w.activate("run", a)
	got, err := w.options.Store.Warnings(t.Context(), "run")
	require.NoError(t, err)
	require.Equal(t, []store.WarningCount{{Column: "firstname", Cause: "longer than 50 characters", Total: 1}}, got.Counts)
	require.Equal(t, []store.Warning{{Position: 2, Line: 3, Contact: w.ids[1],
		LeftOut: store.LeftOut{Column: "firstname", Cause: "longer than 50 characters", Length: 60}}}, got.First)
}

func TestAValueThatRejectsItsRowIsToldOfWithItsLength(t *testing.T) {
	w := newWorld(t, 3)
	a := w.activation(w.ids[0]+",Fits,realized", w.ids[1]+","+overlong+",realized")
	a.OnBadValue = audience.OnBadValueReject
	w.activate("run", a)
	rows, err := w.options.Store.Rejected(t.Context(), "run", store.RejectedQuery{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, store.ReasonInvalidValue, rows[0].Reason)
	require.Equal(t, "firstname", rows[0].Column)
	require.Equal(t, "longer than 50 characters: the value has 60", rows[0].Text)
}

func TestARowIsRightOnlyWhenAllItsValuesWerePutRight(t *testing.T) {
	value := "short"
	row := func() store.StagedRow {
		r := store.StagedRow{Contact: "a", Line: 1, Attributes: []byte(`{}`), Warnings: 2,
			LeftOut: []store.LeftOut{{Column: "firstname", Cause: "too long", Length: 60}, {Column: "lastname", Cause: "too long", Length: 70}}}
		rejectFirst(&r)
		return r
	}
	correct := func(columns ...string) store.StagedRow {
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
	require.Equal(t, "too long: the value has 70", one.BadReason)
	both := correct("firstname", "lastname")
	require.Empty(t, both.BadColumn)
	require.Zero(t, both.Warnings)
	require.JSONEq(t, `{"firstname":"short","lastname":"short"}`, string(both.Attributes))
}

func TestMembersWithoutConsentAreCountedApart(t *testing.T) {
	w := newWorld(t, 5)
	a := w.activation()
	path := filepath.Join(t.TempDir(), "consent.csv")
	text := "id,first,status,consent\n"
	for i, rest := range []string{"realized,y", "realized,n", "realized,", "exited,n"} {
		text += w.ids[i] + ",Ann," + rest + "\n"
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	a.Source.URL, a.RequireConsent = path, "consent"
	for kind, run := range map[string]string{KindPlan: "dry", KindActivate: "run"} {
		plan := w.planAs(ResolveColumnsInput{Run: run, Kind: kind, Activation: a})
		require.EqualValues(t, 2, plan.Numbers.WithoutConsent, kind)
		require.EqualValues(t, 4, plan.Numbers.Received, kind)
		require.EqualValues(t, 3, plan.Risks.Exits, kind)
	}
}

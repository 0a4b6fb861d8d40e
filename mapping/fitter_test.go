package mapping

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/store/staging"
)

func TestAColumnThatLosesAllItsValuesIsNamed(t *testing.T) {
	f := NewFitter(Fields{Mapping: []audience.Mapping{{Source: "points"}, {Source: "name"}, {Source: "gone"}}, Columns: []dynamics.Column{
		{LogicalName: "acme_points", Type: dynamics.TypeInteger}, {LogicalName: "firstname", Type: dynamics.TypeString, MaxLength: 3},
		{LogicalName: "lastname", Type: dynamics.TypeString}}})
	record := func(points, name string) audience.Record {
		return audience.Record{Values: []audience.Value{{State: audience.ValueText, Text: points}, {State: audience.ValueText, Text: name}, {}}}
	}
	for _, r := range []audience.Record{record("gold", "Ann"), record("silver", "too long"), record("x", "Bob")} {
		f.Row(r, time.Time{})
	}
	require.Equal(t, []string{"gone"}, f.Unmatched(&source.Seen{}))
	require.Equal(t, []string{"every value of acme_points was left out: not a number"}, f.Lost())
	f.Row(audience.Record{Values: []audience.Value{{State: 2}, {}, {}}}, time.Time{})
	require.Equal(t, []string{"every value of acme_points was left out: not a number, and other causes"}, f.Lost())
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
		c := NoCorrections(Fields{Reject: true})
		c.byLine[1] = correction{values: values}
		r := row()
		require.NoError(t, c.Apply(&r, time.Time{}))
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

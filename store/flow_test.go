package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/staging"
)

func TestFirstRunAndAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2), contact(3), contact(4), contact(5))
		dynamics[contact(3)]["acme_vip"] = text("realized")
		dynamics[contact(3)]["firstname"] = text("Cy")
		rows := func() []staging.Row {
			return []staging.Row{
				row(contact(1), day(1), day(9), `{"firstname":"Ann","emailaddress1":null}`),
				row(contact(2), day(1), day(9), `{"firstname":"Bob"}`),
				row(contact(3), day(1), day(9), `{"firstname":"Cy"}`),
				{Contact: contact(4), Exited: true, QualifiedAt: day(2), AsOf: day(9)},
				row(contact(5), day(3), day(9), `{"firstname":"Eve \"\\ é\u0001"}`),
				row(contact(6), day(3), day(9), `{"firstname":"gone"}`),
				row(contact(5), day(1), day(9), `{"firstname":"older"}`),
				{Contact: contact(7), QualifiedAt: day(1), AsOf: day(9), BadColumn: "birthdate"},
			}
		}
		begin(t, s, "run1", runs.KindActivate, day(9))
		stage(t, s, "run1", rows()...)
		plan(t, s, "run1", vip, dynamics)
		sent := send(t, s, "run1", vip, dynamics)

		require.Equal(t, map[string][]store.Change{
			contact(1): {{Column: "acme_vip", Value: text("realized")}, {Column: "firstname", Value: text("Ann")}},
			contact(2): {{Column: "acme_vip", Value: text("realized")}, {Column: "firstname", Value: text("Bob")}},
			contact(4): {{Column: "acme_vip", Value: text("exited")}},
			contact(5): {{Column: "acme_vip", Value: text("realized")}, {Column: "firstname", Value: text("Eve \"\\ é\u0001")}},
		}, sent)
		counts, err := s.Counts(t.Context(), "run1")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 8, Activated: 4, Unchanged: 1, Superseded: 1, Duplicates: 1, Failed: 2,
			Reasons:  map[string]int64{"contact_not_found": 1, "invalid_value": 1},
			ByStatus: runs.ByStatus{Realized: 3, Exited: 1}}, counts)

		begin(t, s, "run2", runs.KindActivate, day(9))
		stage(t, s, "run2", rows()...)
		plan(t, s, "run2", vip, dynamics)
		require.Empty(t, send(t, s, "run2", vip, dynamics))
		counts, err = s.Counts(t.Context(), "run2")
		require.NoError(t, err)
		require.Equal(t, int64(5), counts.Unchanged)
		require.Equal(t, int64(0), counts.Activated)

		exported, err := s.Exported(t.Context(), "dynamics", "acme_vip", "", 10)
		require.NoError(t, err)
		require.Len(t, exported, 5)
	})
}

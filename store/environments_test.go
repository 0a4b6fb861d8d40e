package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store/destinations"
)

func TestLedgersBelongToOneOrganization(t *testing.T) {
	t.Parallel()
	production := destinations.Environment{Organization: "11111111-0000-4000-8000-000000000001", Address: "contoso.crm4.dynamics.com"}
	moved := destinations.Environment{Organization: production.Organization, Address: "contoso.crm.dynamics.com"}
	copied := destinations.Environment{Organization: "22222222-0000-4000-8000-000000000002", Address: "contoso-uat.crm4.dynamics.com"}
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		require.NoError(t, s.AddDestination(t.Context(), "dynamics"))
		bound, err := s.CheckEnvironment(t.Context(), "dynamics", copied)
		require.NoError(t, err)
		require.Zero(t, bound)
		_, err = s.BindEnvironment(t.Context(), "dynamics", copied)
		require.NoError(t, err)
		_, err = s.BindEnvironment(t.Context(), "dynamics", production)
		require.NoError(t, err, "nothing was exported to the first one")

		dynamics := blank(contact(1))
		ready(t, s, "run", dynamics, row(contact(1), day(1), day(9), `{}`))
		_, err = s.BindEnvironment(t.Context(), "dynamics", copied)
		require.ErrorAs(t, err, new(*destinations.OtherOrganization), "a run is under way")
		send(t, s, "run", vip, dynamics)
		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCompleted, "", "", nil))

		for _, now := range []destinations.Environment{production, production, moved} {
			bound, err = s.BindEnvironment(t.Context(), "dynamics", now)
			require.NoError(t, err)
			require.Equal(t, production.Address, bound.Address, "the first one stays")
			require.False(t, bound.BoundAt.IsZero())
		}
		other := &destinations.OtherOrganization{}
		_, err = s.BindEnvironment(t.Context(), "dynamics", copied)
		require.ErrorAs(t, err, &other)
		for _, word := range []string{production.Organization, production.Address, copied.Organization, copied.Address,
			"rebind dynamics --keep-ledger", "rebind dynamics --forget"} {
			require.ErrorContains(t, err, word)
		}
		_, err = s.BindEnvironment(t.Context(), "other", copied)
		require.NoError(t, err, "each destination has its own")

		require.NoError(t, s.RebindEnvironment(t.Context(), "dynamics", copied))
		_, err = s.BindEnvironment(t.Context(), "dynamics", copied)
		require.NoError(t, err)
		_, err = s.BindEnvironment(t.Context(), "dynamics", production)
		require.ErrorAs(t, err, &other)
	})
}

func TestForgottenLedgersLeaveNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2))
		ready(t, s, "run", dynamics,
			row(contact(1), day(1), day(9), `{"firstname":"Ann"}`), row(contact(2), day(1), day(9), `{"firstname":"Bob"}`))
		send(t, s, "run", vip, dynamics)
		require.Equal(t, "vip", owner(t, s))

		require.NoError(t, s.ForgetLedgers(t.Context(), "other"))
		require.Equal(t, "vip", owner(t, s), "another destination's stay")
		for range 2 {
			require.NoError(t, s.ForgetLedgers(t.Context(), "dynamics"))
			require.Empty(t, owner(t, s))
		}
		exported, err := s.Exported(t.Context(), "dynamics", "acme_vip", "", 10)
		require.NoError(t, err)
		require.Empty(t, exported)
		db, _ := database(t, url)
		var leaves int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM ledger_leaves`).Scan(&leaves))
		require.Zero(t, leaves)
	})
}

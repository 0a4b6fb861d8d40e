package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
)

func TestADailyBudgetSlides(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		c := &clock{now: day(1)}
		s := open(t, url, store.WithClock(c.Now))
		count := func(rows int64) int64 {
			sent, err := s.CountSent(t.Context(), "dynamics", rows, 1_000)
			require.NoError(t, err)
			return sent.Granted
		}
		require.EqualValues(t, 600, count(600))
		c.now = c.now.Add(time.Hour)
		require.EqualValues(t, 400, count(600), "what is left")
		require.Zero(t, count(1))
		free, err := s.BudgetFree(t.Context(), "dynamics", 200, 1_000)
		require.NoError(t, err)
		require.Equal(t, day(2).Add(time.Minute), free, "when the first rows are a day old")
		free, err = s.BudgetFree(t.Context(), "dynamics", 601, 1_000)
		require.NoError(t, err)
		require.Equal(t, day(2).Add(61*time.Minute), free)

		require.NoError(t, s.UncountSent(t.Context(), "dynamics", c.now, 100))
		require.EqualValues(t, 100, count(600))
		c.now = day(2).Add(-time.Second)
		require.Zero(t, count(1))
		c.now = day(2).Add(time.Minute)
		used, err := s.SentRows(t.Context(), "dynamics")
		require.NoError(t, err)
		require.EqualValues(t, 400, used)
		require.EqualValues(t, 600, count(2_000))
		other, err := s.CountSent(t.Context(), "other", 5_000, 0)
		require.NoError(t, err)
		require.EqualValues(t, 5_000, other.Granted, "no limit, and another destination")
	})
}

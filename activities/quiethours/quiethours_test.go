package quiethours_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities/quiethours"
)

func TestQuietHoursAreHeldByTheClockOfTheirZone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hours, now string
		quiet      bool
		from, to   string
	}{
		"before midnight":           {"22:00-06:00 Europe/Berlin", "2026-11-26T22:30:00+01:00", true, "2026-11-26T22:00:00+01:00", "2026-11-27T06:00:00+01:00"},
		"after midnight":            {"22:00-06:00 Europe/Berlin", "2026-11-26T05:59:59+01:00", true, "2026-11-25T22:00:00+01:00", "2026-11-26T06:00:00+01:00"},
		"at their end":              {"22:00-06:00 Europe/Berlin", "2026-11-26T06:00:00+01:00", false, "2026-11-26T22:00:00+01:00", "2026-11-27T06:00:00+01:00"},
		"at their beginning":        {"08:00-18:00 UTC", "2026-11-26T08:00:00Z", true, "2026-11-26T08:00:00Z", "2026-11-26T18:00:00Z"},
		"in another zone's morning": {"08:00-18:00 America/New_York", "2026-11-26T12:59:00Z", false, "2026-11-26T13:00:00Z", "2026-11-26T23:00:00Z"},
		"a short night":             {"22:00-06:00 Europe/Berlin", "2026-03-29T01:30:00+01:00", true, "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"},
		"a long night":              {"22:00-06:00 Europe/Berlin", "2026-10-25T02:30:00+02:00", true, "2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00"},
		"hours that do not exist":   {"02:00-03:00 Europe/Berlin", "2026-03-29T01:59:00+01:00", false, "2026-03-30T02:00:00+02:00", "2026-03-30T03:00:00+02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := quiethours.Parse(c.hours)
			require.NoError(t, err)
			require.Equal(t, c.hours, q.String())
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			from, to := q.At(now)
			require.Equal(t, c.quiet, !now.Before(from))
			for want, got := range map[string]time.Time{c.from: from, c.to: to} {
				at, err := time.Parse(time.RFC3339, want)
				require.NoError(t, err)
				require.True(t, at.Equal(got), "%s, not %s", got, want)
			}
		})
	}
}

func TestWhatAreNoQuietHoursIsSaid(t *testing.T) {
	t.Parallel()
	none, err := quiethours.Parse("  ")
	require.NoError(t, err)
	require.Nil(t, none)
	for text, says := range map[string]string{
		"22:00-06:00": "with the zone", "22-6 UTC": "no time of day", "22:00 UTC": "as in", "22:00-24:30 UTC": `"24:30" is no time of day`,
		"06:00-06:00 UTC": "DYNAMICS_ENABLED", "22:00-06:00 Berlin": "there is no time zone Berlin", "22:00-06:00 Local": "with the zone",
	} {
		_, err := quiethours.Parse(text)
		require.ErrorContains(t, err, says, text)
	}
}

// FuzzHours: whatever the hours, a moment is within what is told of it, and hours told of are
// not over.
func FuzzHours(f *testing.F) {
	f.Add("22:00-06:00 Europe/Berlin", int64(1_774_746_000))
	f.Add("02:00-03:00 America/Sao_Paulo", int64(0))
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		q, err := quiethours.Parse(text)
		if err != nil || q == nil || seconds < 0 || seconds > 4_000_000_000 {
			return
		}
		now := time.Unix(seconds, 0)
		from, to := q.At(now)
		require.True(t, now.Before(to))
		require.True(t, from.Before(to))
		require.LessOrEqual(t, to.Sub(now), 75*time.Hour)
		again, err := quiethours.Parse(q.String())
		require.NoError(t, err)
		require.Equal(t, q.String(), again.String())
	})
}

package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
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
			q, err := ParseQuietHours(c.hours)
			require.NoError(t, err)
			require.Equal(t, c.hours, q.String())
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			from, to := q.at(now)
			require.Equal(t, c.quiet, !now.Before(from))
			for want, got := range map[string]time.Time{c.from: from, c.to: to} {
				at, err := time.Parse(time.RFC3339, want)
				require.NoError(t, err)
				require.True(t, at.Equal(got), "%s, not %s", got, want)
			}
			pause := Options{Destination: Destination{QuietHours: q}, timeOfDay: func() time.Time { return now }}.quiet()
			require.Equal(t, c.quiet, pause != nil)
		})
	}
}

func TestWhatAreNoQuietHoursIsSaid(t *testing.T) {
	t.Parallel()
	none, err := ParseQuietHours("  ")
	require.NoError(t, err)
	require.Nil(t, none)
	for text, says := range map[string]string{
		"22:00-06:00": "with the zone", "22-6 UTC": "no time of day", "22:00 UTC": "as in", "22:00-24:30 UTC": `"24:30" is no time of day`,
		"06:00-06:00 UTC": "DYNAMICS_ENABLED", "22:00-06:00 Berlin": "there is no time zone Berlin", "22:00-06:00 Local": "with the zone",
	} {
		_, err := ParseQuietHours(text)
		require.ErrorContains(t, err, says, text)
	}
}

// FuzzQuietHours: whatever the hours, a moment is within what is told of it, and hours told of are
// not over.
func FuzzQuietHours(f *testing.F) {
	f.Add("22:00-06:00 Europe/Berlin", int64(1_774_746_000))
	f.Add("02:00-03:00 America/Sao_Paulo", int64(0))
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		q, err := ParseQuietHours(text)
		if err != nil || q == nil || seconds < 0 || seconds > 4_000_000_000 {
			return
		}
		now := time.Unix(seconds, 0)
		from, to := q.at(now)
		require.True(t, now.Before(to))
		require.True(t, from.Before(to))
		require.LessOrEqual(t, to.Sub(now), 75*time.Hour)
		again, err := ParseQuietHours(q.String())
		require.NoError(t, err)
		require.Equal(t, q.String(), again.String())
	})
}

func TestNothingIsSentInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	now := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)
	q, err := ParseQuietHours("22:00-06:00 UTC")
	require.NoError(t, err)
	w.options.Destination.QuietHours, w.options.timeOfDay = q, func() time.Time { return now }
	w.connect()
	w.plan(w.activation(w.everyone()...)) // reading and planning go on
	_, err = w.update(1)
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, ErrDestinationPaused, refused.Type())
	var pause DestinationPause
	require.NoError(t, refused.Details(&pause))
	require.True(t, pause.Quiet)
	require.Equal(t, "2026-11-27T06:00:00Z", pause.Until.Format(time.RFC3339))
	require.Empty(t, w.timesWritten())

	_, err = do(w, w.connection.AwaitDestination, DestinationInput{Destination: "dynamics", Sending: true})
	require.ErrorContains(t, err, "has quiet hours until 2026-11-27 06:00 UTC")
	_, err = do(w, w.connection.AwaitDestination, DestinationInput{Destination: "dynamics"})
	require.NoError(t, err, "who only reads is not held")
	told, err := do(w, w.connection.DescribeDestination, DestinationInput{Destination: "dynamics"})
	require.NoError(t, err)
	require.Equal(t, "22:00-06:00 UTC", told.QuietHours)
	require.True(t, told.Quiet.Until.Equal(pause.Until))

	now = pause.Until
	_, err = do(w, w.connection.AwaitDestination, DestinationInput{Destination: "dynamics", Sending: true})
	require.NoError(t, err)
	done, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 4, done.Activated)
}

package terminal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/terminal"
)

func TestMomentsToComeAreRead(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	now := time.Date(2026, 11, 30, 20, 0, 0, 0, berlin)
	for text, want := range map[string]string{
		"21:30": "2026-11-30T21:30:00+01:00", "06:00": "2026-12-01T06:00:00+01:00", "20:00": "2026-12-01T20:00:00+01:00",
		"2026-12-24 18:00": "2026-12-24T18:00:00+01:00", "2027-07-01T06:00": "2027-07-01T06:00:00+02:00",
		"2026-12-01T06:00:00Z": "2026-12-01T07:00:00+01:00", " 90m ": "2026-11-30T21:30:00+01:00", "1h30m": "2026-11-30T21:30:00+01:00",
	} {
		at, err := terminal.Moment(text, now)
		require.NoError(t, err, text)
		require.Equal(t, want, at.In(berlin).Format(time.RFC3339), text)
	}
	for text, says := range map[string]string{
		"": "is no time", "tomorrow": "use one such as", "25:00": "is no time", "2026-11-30 19:59": "over already", "-5m": "over already",
		"2026-02-30 10:00": "is no time",
	} {
		_, err := terminal.Moment(text, now)
		require.ErrorContains(t, err, says, text)
	}
}

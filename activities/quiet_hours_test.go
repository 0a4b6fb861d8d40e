package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities/quiethours"
)

func TestNothingIsSentInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	now := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)
	q, err := quiethours.Parse("22:00-06:00 UTC")
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

package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func TestAForecastKeepsToThePace(t *testing.T) {
	t.Parallel()
	requests, fast := forecast(100_000, Destination{RequestSize: 500, Pace: dynamics.PaceFast})
	require.EqualValues(t, 200, requests)
	for _, pace := range []dynamics.Pace{dynamics.PaceSteady, dynamics.PaceGentle} {
		same, minutes := forecast(100_000, Destination{RequestSize: 500, Pace: pace})
		require.Equal(t, requests, same)
		require.InDelta(t, 2*fast, minutes, 1e-9)
	}
	same, half := forecast(100_000, Destination{RequestSize: 500, Users: 2})
	require.Equal(t, requests, same)
	require.InDelta(t, fast/2, half, 1e-9, "limits are each user's own")
	_, byDefault := forecast(100_000, Destination{})
	require.InDelta(t, fast, byDefault, 1e-9)
}

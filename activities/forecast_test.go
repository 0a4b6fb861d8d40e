package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/store/destinations"
)

func TestAForecastIsByWhatWritingTook(t *testing.T) {
	t.Parallel()
	d := Destination{RequestSize: 500}
	guess := workOf(100_000, d, destinations.WriteTime{Rows: measuredFrom - 1, Busy: time.Hour, InFlight: 3})
	require.Equal(t, dynamics.Work{Requests: 200, Busy: 100_000 * rowTime, InFlight: inFlight}, guess, "too little was written")
	require.Equal(t, guess, workOf(100_000, Destination{}, destinations.WriteTime{}))
	known := workOf(100_001, d, destinations.WriteTime{Rows: 2_000, Busy: time.Minute, InFlight: 3})
	require.Equal(t, dynamics.Work{Requests: 201, Busy: 100_001 * 30 * time.Millisecond, InFlight: 3}, known)
}

func TestAPlanForecastsByWhatARunTook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2*measuredFrom)
	a := w.activation(w.everyone()...)
	w.plan(a)
	before := w.planAs(ResolveColumnsInput{Run: "before", Kind: "plan", Activation: a})
	work := workOf(2*measuredFrom, w.options.Destination, destinations.WriteTime{})
	require.Equal(t, work.Requests, before.Requests)
	require.InDelta(t, work.TimeToFinish("", 1).Minutes(), before.Minutes, 1e-9)
	for batch := range 2 {
		_, err := w.update(batch + 1)
		require.NoError(t, err)
	}
	took, err := w.options.Store.WriteTime(t.Context(), w.options.Destination.Name)
	require.NoError(t, err)
	require.EqualValues(t, 2*measuredFrom, took.Rows)
	require.Positive(t, took.Busy)
	requests, minutes, err := w.planning.forecast(t.Context(), 10*measuredFrom)
	require.NoError(t, err)
	known := workOf(10*measuredFrom, w.options.Destination, took)
	require.Equal(t, known.Requests, requests)
	require.InDelta(t, known.TimeToFinish("", 1).Minutes(), minutes, 1e-9)
}

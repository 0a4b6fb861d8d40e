package backoff_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/backoff"
)

var pauses = backoff.Pauses{First: time.Second, Longest: 4 * time.Second}

func always(error) bool { return true }

func TestAStepIsTriedLessAndLessOftenAndEachCauseToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var tries []time.Duration
		var told []string
		require.NoError(t, pauses.Until(t.Context(), func() error {
			at := time.Since(begun)
			tries = append(tries, at)
			switch {
			case at < 8*time.Second:
				return errors.New("away")
			case at < 12*time.Second:
				return errors.New("starting")
			}
			return nil
		}, always, func(cause error) { told = append(told, cause.Error()) }))
		require.Equal(t, []string{"away", "starting"}, told)
		want := []time.Duration{0, 1, 3, 7, 11, 12} // a new cause begins with the first pause
		for i := range want {
			want[i] *= time.Second
		}
		require.Equal(t, want, tries)
	})
}

func TestWhatDoesNotPassIsNotWaitedFor(t *testing.T) {
	wrong := errors.New("wrong password")
	err := pauses.Until(t.Context(), func() error { return wrong }, func(error) bool { return false }, func(error) { t.Error("told") })
	require.Equal(t, wrong, err)
}

func TestWhoeverIsToldToStopWaitsNoLonger(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	away := errors.New("away")
	require.Equal(t, away, pauses.Until(ctx, func() error { return away }, always, func(error) { stop() }))
}

package activities

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

var unavailable = &dynamics.Error{Op: "ask who am I", StatusCode: http.StatusServiceUnavailable}

func TestACheckWaitsForWhatPasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.fault(simulator.Fault{Kind: "status", Status: http.StatusServiceUnavailable, Match: "WhoAmI", Count: 2})
	out, err := do(w, w.connection.Check, CheckInput{Activation: w.activation(w.everyone()...)})
	require.NoError(t, err)
	require.True(t, out.OK, out.Steps)
	names := map[string]bool{}
	for _, step := range out.Steps {
		require.False(t, names[step.Name], "%s is told once", step.Name)
		names[step.Name] = true
	}
}

func TestACheckGivesUpAfterHalfAMinuteAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		try  func(context.Context) error
		says string
	}{
		"it is refused again and again": {func(context.Context) error { return unavailable }, "HTTP 503"},
		"it is told to wait for longer": {func(context.Context) error {
			return &dynamics.Error{StatusCode: http.StatusTooManyRequests, RetryAfter: time.Hour}
		}, "HTTP 429"},
		"it hangs": {func(ctx context.Context) error {
			<-ctx.Done()
			return unavailable
		}, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := patiently(t.Context(), checkPatience, c.try)
				require.ErrorContains(t, err, c.says)
				require.ErrorContains(t, err, "gave up after 30s")
				require.Equal(t, checkPatience, time.Since(began))
			})
		})
	}
}

func TestACheckDoesNotWaitForWhatNeedsAPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for _, lasting := range []error{&dynamics.Error{StatusCode: http.StatusForbidden}, errors.New("a bug")} {
			require.Equal(t, lasting, patiently(t.Context(), checkPatience, func(context.Context) error { return lasting }))
		}
		require.Zero(t, time.Since(began))
	})
}

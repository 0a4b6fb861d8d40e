package activities

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/runs"
)

func TestContactsAreReadBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	unknown := "11111111-2222-3333-4444-555555555555"
	plan := w.plan(w.activation(append(w.everyone(), unknown+",Nobody,realized", "no-guid,X,realized", w.ids[0]+",Late,exited")...))
	require.EqualValues(t, 23, plan.Numbers.Received)
	require.EqualValues(t, 20, plan.Numbers.Pending)
	require.EqualValues(t, 1, plan.Numbers.Superseded)
	require.EqualValues(t, 1, plan.Numbers.Excluded)
	require.Equal(t, map[string]int64{"contact_not_found": 1, "invalid_contact_id": 1}, plan.Numbers.Reasons)
	require.EqualValues(t, 1, plan.Risks.Exits)
	require.True(t, plan.Risks.FirstRun)
	require.Empty(t, w.timesWritten())
}

func TestASecondRunOfTheSameAudienceHasNothingToSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	a := w.activation(w.everyone()...)
	w.plan(a)
	_, err := w.update(1)
	require.NoError(t, err)
	plan := w.planAs(ResolveColumnsInput{Run: "run-2", Kind: runs.KindActivate, Activation: a})
	require.Zero(t, plan.Batches)
	require.EqualValues(t, 20, plan.Numbers.Unchanged)
}

func TestAColumnOfAnotherAudienceIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation(w.everyone()...)
	another := a
	another.Audience = "another"
	w.plan(another) // one that a typo has begun, say, and that wrote nothing
	w.activate("run-1b", a)

	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: "run-2", Kind: runs.KindActivate, Activation: another})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrColumnTaken, app.Type())
	require.Contains(t, app.Message(), "vip")
	_, err = w.update(1)
	require.ErrorAs(t, err, &app, "it was planned while the column was free")
	require.Equal(t, ErrColumnTaken, app.Type())

	_, err = do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v", Activation: another, Now: time.Now()})
	require.ErrorAs(t, err, &app, "the owner's contacts are no proof of another audience")
	require.Equal(t, ErrColumnTaken, app.Type())
	begun, err := do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v", Run: testRun, Activation: another, Now: time.Now()})
	require.NoError(t, err)
	require.True(t, begun.Nothing)
}

func TestAnUnknownColumnStopsTheRunWithASuggestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation(w.everyone()...)
	a.MappingID = "vipp"
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, Activation: a})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.True(t, app.NonRetryable())
	require.Contains(t, app.Message(), "acme_vip")
	check, err := do(w, w.connection.Check, CheckInput{Activation: a})
	require.NoError(t, err)
	require.False(t, check.OK)
}

func TestSlicesOfTheIDSpaceMeetWithoutGapOrOverlap(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 2, 3, 7, 400} {
		end := ""
		for n := 1; n <= count; n++ {
			after, next := sliceBounds(n, count)
			require.Equal(t, end, after, "slice %d of %d", n, count)
			if n < count {
				require.Greater(t, next, after)
			}
			end = next
		}
		require.Empty(t, end, "the last slice is open")
	}
}

func TestRisksAreCountedOverTheRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.activate("run-0", w.activation(w.everyone()...))
	unknown := "11111111-2222-3333-4444-555555555555"
	a := w.activation(append(w.everyone()[:4], unknown+",Nobody,realized", ",Anonymous,realized", "no-guid,X,realized",
		w.ids[4]+","+strings.Repeat("x", 200)+",realized")...)
	a.Source.Complete, a.OnBadValue = true, audience.OnBadValueReject
	plan := w.planAs(ResolveColumnsInput{Run: "run-1", Kind: runs.KindActivate, Activation: a})
	require.Equal(t, Risks{Complete: true, Records: 8, Rows: 8, Excluded: 2, WithoutID: 1, Unsent: 1,
		Absent: 5, Exits: 5, ToSend: 5, Leaving: 5, Realized: 10}, plan.Risks)

	empty := w.activation("")
	empty.Source.Complete = true
	plan = w.planAs(ResolveColumnsInput{Run: "run-2", Kind: runs.KindActivate, Activation: empty})
	require.Equal(t, Risks{Complete: true, Absent: 10, Exits: 10, ToSend: 10, Leaving: 10, Realized: 10}, plan.Risks)
}

package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
)

func TestAValidationFindsWhatWasChangedBehindOurBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	a := w.activation(w.everyone()...)
	w.plan(a)
	_, err := w.update(1)
	require.NoError(t, err)
	require.Equal(t, runs.VerdictMatch, w.validate(a, "v1").Verdict)

	w.change(map[string]any{"contactid": w.ids[1], "acme_vip": "other"}, map[string]any{"contactid": w.ids[2], "firstname": "Changed"},
		map[string]any{"contactid": w.ids[3], "delete": true})
	v := w.validate(a, "v2")
	require.Equal(t, runs.VerdictMismatch, v.Verdict)
	require.EqualValues(t, 2, v.Mismatched)
	require.EqualValues(t, 1, v.Missing)
	require.Equal(t, v.Expected, v.Matched+v.Mismatched+v.Missing)
	found, err := w.options.Store.Mismatches(t.Context(), "v2", 10)
	require.NoError(t, err)
	require.Len(t, found, 3)
}

// changed is everyone with other first names for the first n.
func (w *world) changed(n int) []string {
	lines := w.everyone()
	for i := range n {
		lines[i] = w.ids[i] + ",Another,realized"
	}
	return lines
}

// realizedOnly are the counts of a column that holds realized alone, as the ledger and Dynamics
// have them.
func realizedOnly(expected, actual int64) runs.TallyByStatus {
	return runs.TallyByStatus{Realized: runs.Tally{Expected: expected, Actual: actual}}
}

func TestAfterARunItIsWhatTheRunWroteThatIsReadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	a := w.activation(w.everyone()...)
	w.activate("first", a)
	first := w.validateAfter("first", a, "v1")
	require.Equal(t, runs.ScopeRun, first.Scope)
	require.EqualValues(t, 30, first.Expected)
	require.EqualValues(t, 30, first.Matched)
	require.Equal(t, realizedOnly(30, 30), first.ByStatus)

	a = w.activation(w.changed(4)...)
	w.activate("second", a)
	w.change(map[string]any{"contactid": w.ids[20], "firstname": "Somebody Else"})
	second := w.validateAfter("second", a, "v2")
	require.Equal(t, runs.VerdictMatch, second.Verdict, "contacts that the run did not write are not its concern")
	require.EqualValues(t, 4, second.Expected)
	require.EqualValues(t, 4, second.Matched)
	require.Equal(t, realizedOnly(30, 30), second.ByStatus, "of the whole column")

	w.change(map[string]any{"contactid": w.ids[2], "firstname": "Somebody Else"}, map[string]any{"contactid": w.ids[3], "lastname": "Unmapped"})
	late := w.validateAfter("second", a, "v3")
	require.Equal(t, runs.VerdictMismatch, late.Verdict)
	require.EqualValues(t, 1, late.Mismatched)
	require.EqualValues(t, 3, late.Matched)

	all := w.validate(a, "v4")
	require.Equal(t, runs.ScopeAll, all.Scope)
	require.EqualValues(t, 30, all.Expected)
	require.EqualValues(t, 2, all.Mismatched)
}

func TestARunThatWroteNothingIsJudgedByTheCountsOfTheColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	a := w.activation(w.everyone()[:20]...)
	w.activate("first", a)
	w.activate("second", a)
	v := w.validateAfter("second", a, "v1")
	require.Equal(t, runs.VerdictMatch, v.Verdict)
	require.Zero(t, v.Expected)
	require.Equal(t, realizedOnly(20, 20), v.ByStatus)

	w.change(map[string]any{"contactid": w.ids[5], "acme_vip": "other"})
	v = w.validateAfter("second", a, "v2")
	require.Equal(t, runs.VerdictMismatch, v.Verdict, "one word less than the ledger says")
	require.Equal(t, realizedOnly(20, 19), v.ByStatus)
	require.Zero(t, v.Unexpected)

	w.change(map[string]any{"contactid": w.ids[5], "acme_vip": "realized"}, map[string]any{"contactid": w.ids[25], "acme_vip": "realized"})
	v = w.validateAfter("second", a, "v3")
	require.Equal(t, runs.VerdictMismatch, v.Verdict, "one word more than the ledger says")
	require.Equal(t, realizedOnly(20, 21), v.ByStatus)
	require.EqualValues(t, 1, v.Unexpected)
	found, err := w.options.Store.Mismatches(t.Context(), "v3", 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, w.ids[25], found[0].Contact)
}

func TestWhereNothingWasEverExportedThereIsNoVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation("11111111-2222-3333-4444-555555555555,Nobody,realized")
	w.activate("first", a)
	begun, err := do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v1", Run: "first", Activation: a, Now: time.Now()})
	require.NoError(t, err)
	require.True(t, begun.Nothing)
	_, err = do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v2", Activation: a, Now: time.Now()})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrNothingExported, app.Type())
}

func TestARepairMendsAlsoWhatAnotherAudienceHasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	vip, gold := w.activation(w.everyone()...), w.activation(w.everyone()...)
	gold.Audience, gold.MappingID, gold.Mapping[0].Target = "gold", "gold", "LastName"
	w.activate("vip", vip)
	w.activate("gold", gold)
	w.change(map[string]any{"contactid": w.ids[3], "lastname": "Changed", "firstname": "Changed"})
	found := w.validate(vip, "v1")
	require.EqualValues(t, 1, found.Mismatched)

	repair := ResolveColumnsInput{Run: "repair", Kind: runs.KindRepair, Rows: RowsDiffering, Of: "v1", Activation: vip, Now: time.Now()}
	require.Equal(t, 1, w.planAs(repair).Batches)
	sent, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: "repair", Batch: 1})
	require.NoError(t, err)
	require.EqualValues(t, 1, sent.Activated)
	after := w.validateAfter("repair", vip, "v2")
	require.EqualValues(t, 1, after.Matched)
	require.Equal(t, runs.VerdictMatch, w.validate(vip, "v3").Verdict)
}

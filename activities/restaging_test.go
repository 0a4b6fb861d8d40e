package activities

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/staging"
)

// staged is how far the first attempt of restaged came, left how many of its contacts have gone
// when the second begins.
const staged, left = 40, 10

// What a replay, a repair or an unmap stages comes from what others may change before it is staged
// again. The second attempt goes on all the same, and stages each contact once.
func TestStagingGoesOnAlthoughWhatItComesFromHasChanged(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *world, a Activation) (in ResolveColumnsInput, shrink func()){
		"replay": func(w *world, a Activation) (ResolveColumnsInput, func()) {
			w.fault(simulator.Fault{Kind: "plugin", IDs: w.ids})
			w.activate("first", a)
			return ResolveColumnsInput{Kind: runs.KindReplay, Rows: RowsFailed, Of: "first"}, func() {
				_, err := w.options.Store.SetRejectedState(w.t.Context(), "first", staging.RejectedDismissed, w.ids[:left])
				require.NoError(w.t, err)
			}
		},
		"repair": func(w *world, a Activation) (ResolveColumnsInput, func()) {
			w.activate("first", a)
			for _, id := range w.ids {
				w.change(map[string]any{"contactid": id, "firstname": "Other"})
			}
			w.validate(a, "validation")
			return ResolveColumnsInput{Kind: runs.KindRepair, Rows: RowsDiffering, Of: "validation"}, w.forget
		},
		"unmap": func(w *world, a Activation) (ResolveColumnsInput, func()) {
			w.activate("first", a)
			return ResolveColumnsInput{Kind: runs.KindUnmap, Rows: RowsExported}, w.forget
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 100)
			slices.Sort(w.ids)
			a := w.activation(w.everyone()...)
			in, shrink := prepare(w, a)
			in.Run, in.Activation, in.Now, in.WorkflowID = "again", a, time.Now(), "activate/dynamics/vip"
			_, err := do(w, w.connection.ResolveColumns, in)
			require.NoError(t, err)
			w.stageFirst(in)

			shrink()
			_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: in.Run})
			require.NoError(t, err)
			position, _, err := w.options.Store.StagedPosition(t.Context(), in.Run)
			require.NoError(t, err)
			require.EqualValues(t, 100, position, "what was staged stays, and the rest follows")
			_, err = do(w, w.planning.PlanRun, RunInput{Run: in.Run})
			require.NoError(t, err)
			counts, err := w.options.Store.Counts(t.Context(), in.Run)
			require.NoError(t, err)
			require.EqualValues(t, 100, counts.Received)
			require.Zero(t, counts.Duplicates, "no contact is staged twice")
		})
	}
}

// stageFirst stages what a first attempt has come to.
func (w *world) stageFirst(in ResolveColumnsInput) {
	w.t.Helper()
	ctx, kept := w.t.Context(), w.options.Store
	require.NoError(w.t, kept.PinSource(ctx, in.Run, string(in.Rows)+" "+in.Of, in.Now))
	chunk := staging.Chunk{To: staged, After: w.ids[staged-1]}
	for i, id := range w.ids[:staged] {
		chunk.Rows = append(chunk.Rows, staging.Row{Position: int64(i) + 1, Contact: id, WordMode: staging.WordSet})
	}
	require.NoError(w.t, kept.Stage(ctx, in.Run, chunk))
}

// forget takes contacts out of the ledgers, as when Dynamics no longer has them.
func (w *world) forget() {
	w.t.Helper()
	_, err := w.options.Store.Forget(w.t.Context(), "dynamics", w.ids[:left])
	require.NoError(w.t, err)
}

func TestCorrectionsThatChangeWhileTheyAreStagedFailTheReplayBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	a := w.activation(w.everyone()...)
	w.fault(simulator.Fault{Kind: "plugin", IDs: w.ids})
	w.activate("first", a)
	file := filepath.Join(filepath.Dir(a.Source.URL), "corrected.csv")
	correct := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	correct("contact,first\n" + w.ids[0] + ",Ann\n")
	in := ResolveColumnsInput{Run: "again", Kind: runs.KindReplay, Rows: RowsFailed, Of: "first", Corrections: file, Activation: a, Now: time.Now(), WorkflowID: "x"}
	_, err := do(w, w.connection.ResolveColumns, in)
	require.NoError(t, err)
	s, err := w.planning.runs.of(t.Context(), in.Run)
	require.NoError(t, err)
	pinned, err := w.options.readCorrections(s)
	require.NoError(t, err)
	require.NoError(t, w.options.Store.PinSource(t.Context(), in.Run, pinned.Identity(string(in.Rows)+" "+in.Of), in.Now))

	correct("contact,first\n" + w.ids[0] + ",Eve\n")
	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: in.Run})
	var app *temporal.ApplicationError
	require.True(t, errors.As(err, &app) && app.NonRetryable(), "%v", err)
	require.Equal(t, ErrSourceUnusable, app.Type())
}

func TestEveryCorrectionIsCheckedBeforeTheFirstRowIsStagedAndNotAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	slices.Sort(w.ids)
	a := w.activation(w.everyone()...)
	w.fault(simulator.Fault{Kind: "plugin", IDs: w.ids})
	w.activate("first", a)
	file := filepath.Join(filepath.Dir(a.Source.URL), "corrected.csv")
	require.NoError(t, os.WriteFile(file, []byte("contact,first\n"+w.ids[0]+",Ann\n"+w.ids[99]+",Bob\n"), 0o600))
	in := ResolveColumnsInput{Run: "again", Kind: runs.KindReplay, Rows: RowsFailed, Of: "first", Corrections: file, Activation: a, Now: time.Now(), WorkflowID: "x"}
	_, err := do(w, w.connection.ResolveColumns, in)
	require.NoError(t, err)
	s, err := w.planning.runs.of(t.Context(), in.Run)
	require.NoError(t, err)
	c, err := w.options.readCorrections(s)
	require.NoError(t, err)
	require.NoError(t, w.options.Store.PinSource(t.Context(), in.Run, c.Identity(string(in.Rows)+" "+in.Of), in.Now))
	rows, err := w.options.Store.FailedRows(t.Context(), "first", "", staged)
	require.NoError(t, err)
	require.NoError(t, w.options.Store.Stage(t.Context(), in.Run, staging.Chunk{To: staged, Rows: rows, After: rows[staged-1].Contact}))

	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: in.Run})
	require.NoError(t, err, "the first correction's row is staged already")
}

// TestCorrectionsAreReadAsTheSourceIsToo: the same spreadsheet writes both.
func TestCorrectionsAreReadAsTheSourceIsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation(w.everyone()...)
	file := filepath.Join(filepath.Dir(a.Source.URL), "corrected.csv")
	s := settings{
		Activation: a, Corrections: file,
		Mapped: []dynamics.Column{{LogicalName: "firstname", SchemaName: "FirstName", DisplayName: "First Name", Type: dynamics.TypeString, MaxLength: 50}},
	}
	for encoding, c := range map[string]struct {
		text string
		says string
	}{
		"":                           {"contact;firstname\r\n" + w.ids[0] + ";J\xfcrgen\r\n", "not UTF-8"},
		audience.EncodingWindows1252: {"contact;firstname\r\n" + w.ids[0] + ";J\xfcrgen\r\n", ""},
		audience.EncodingUTF8:        {"contact;firstname\r\n" + w.ids[0] + ";Jürgen\r\n", ""},
	} {
		s.Activation.Source.Encoding = encoding
		require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
		_, err := w.options.readCorrections(s)
		if c.says != "" {
			require.ErrorContains(t, err, c.says)
			continue
		}
		require.NoError(t, err, encoding)
	}
	s.Activation.Source.Encoding = audience.EncodingWindows1252
	require.NoError(t, os.WriteFile(file, []byte("contact;firstname\r\n"+w.ids[0]+";Jürgen\r\n"), 0o600))
	_, err := w.options.readCorrections(s)
	require.NoError(t, err, "as starter rejected writes it")
}

package activities

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

// What a person typed is as of the replay: it wins over what any source said before, while the
// row's other values and its status keep the age of their source. A replay of a replay that has
// failed again keeps the time at which it was typed.
func TestCorrectedValuesAreAsOfTheirReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	dated := func(a Activation, age time.Duration) time.Time {
		at := time.Now().Add(-age).UTC().Truncate(time.Second)
		require.NoError(t, os.Chtimes(a.Source.URL, at, at))
		return at
	}
	older := w.activation(w.everyone()...)
	made := dated(older, time.Hour)
	w.fault(simulator.Fault{Kind: "plugin", IDs: w.ids})
	w.activate("first", older)
	w.sim.Server.Reset()

	newer := w.activation(w.ids[0]+",Newer,realized", w.ids[1]+",Newer,realized", w.ids[2]+",Newer,realized")
	newer.Audience, newer.MappingID = "gold", "gold"
	newerMade := dated(newer, time.Minute)
	w.activate("other", newer)

	file := filepath.Join(filepath.Dir(older.Source.URL), "corrected.csv")
	require.NoError(t, os.WriteFile(file, []byte("contact,first\n"+w.ids[0]+",Typed\n"+w.ids[1]+",Typed\n"), 0o600))
	typed := time.Now().UTC().Truncate(time.Microsecond)
	w.fault(simulator.Fault{Kind: "plugin", IDs: w.ids[1:2]})
	w.replay(ResolveColumnsInput{Run: "again", Of: "first", Corrections: file, Activation: older, Now: typed})
	w.sim.Server.Reset()
	w.replay(ResolveColumnsInput{Run: "once more", Of: "again", Activation: older, Now: typed.Add(time.Minute)})

	for i, want := range []struct {
		first string
		asOf  time.Time
	}{{"Typed", typed}, {"Typed", typed}, {"Newer", newerMade}} {
		about, err := w.options.Store.Contact(t.Context(), "dynamics", w.ids[i])
		require.NoError(t, err)
		require.Len(t, about.Values, 1)
		require.Equal(t, want.first, *about.Values[0].Value)
		require.WithinDuration(t, want.asOf, about.Values[0].AsOf, 0, w.ids[i])
		for _, status := range about.Held {
			if status.Column == "acme_vip" {
				require.WithinDuration(t, made, status.AsOf, 0, "the status is as old as its source")
			}
		}
		require.Equal(t, want.first, w.column("firstname")[w.ids[i]])
	}
}

// replay takes a replay to the end of its sending.
func (w *world) replay(in ResolveColumnsInput) {
	w.t.Helper()
	in.Kind, in.Rows = runs.KindReplay, RowsFailed
	plan := w.planAs(in)
	for batch := 1; batch <= plan.Batches; batch++ {
		_, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: in.Run, Batch: batch})
		require.NoError(w.t, err)
	}
}

package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/store/contacts"
	"audienceflow/store/destinations"
)

// lookUp asks what Dynamics holds of a contact; it gives the answer, and the error of the step.
func (w *world) lookUp(contact string) (*contacts.Now, error) {
	w.t.Helper()
	kept := w.options.Store
	lookup, err := kept.AskContact(w.t.Context(), "dynamics", contact)
	require.NoError(w.t, err)
	_, failed := do(w, w.connection.LookUpContact, LookUpContactInput{Destination: "dynamics", Lookup: lookup})
	now, err := kept.TakeContact(w.t.Context(), lookup)
	require.NoError(w.t, err)
	again, err := kept.TakeContact(w.t.Context(), lookup)
	require.NoError(w.t, err)
	require.Nil(w.t, again, "a lookup is gone once it was taken")
	return now, failed
}

func TestALookupTellsWhatDynamicsHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.activate("run", w.activation(w.everyone()...))
	w.change(map[string]any{"contactid": w.ids[1], "acme_vip": "other", "firstname": nil})

	now, err := w.lookUp(w.ids[0])
	require.NoError(t, err)
	require.True(t, now.Found)
	require.Equal(t, "realized", *now.Values["acme_vip"])
	require.NotNil(t, now.Values["firstname"])
	require.Empty(t, now.Absent)
	now, err = w.lookUp(w.ids[1])
	require.NoError(t, err)
	require.Equal(t, "other", *now.Values["acme_vip"])
	require.Contains(t, now.Values, "firstname")
	require.Nil(t, now.Values["firstname"])
	require.WithinDuration(t, time.Now(), now.ModifiedOn, time.Minute)
	now, err = w.lookUp("0badc0de-1111-4222-8333-944455556666")
	require.NoError(t, err)
	require.False(t, now.Found)
}

func TestALookupIsRefusedWhereNothingMayBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	require.NoError(t, w.options.Store.SetDestinationPaused(t.Context(), destinations.Pause{Destination: "dynamics", Paused: true, By: "ann"}))
	now, err := w.lookUp(w.ids[0])
	require.ErrorContains(t, err, "is paused by ann")
	require.Nil(t, now)
}

package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
	"audienceflow/store/contacts"
)

func TestWhatIsKnownOfAContact(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, store.WithPageRows(8))
		id, attributes := marked(3)
		everyKind(t, s, id, attributes, 70)
		known, err := s.Contact(t.Context(), "", strings.ToUpper(id))
		require.NoError(t, err)
		require.Len(t, known.Held, 1)
		held := known.Held[0]
		require.Equal(t, []string{"dynamics", "acme_vip", "vip", "ups", "sent", "realized"},
			[]string{held.Destination, held.Column, held.Audience, held.Namespace, held.Run, *held.Word})
		require.True(t, held.Exported && !held.Exited && !held.RunStartedAt.IsZero())
		require.Equal(t, day(1), held.QualifiedAt)
		require.Equal(t, day(8), held.AsOf)
		require.Len(t, known.Values, 2)
		require.Equal(t, "emailaddress1", known.Values[0].Column)
		require.Equal(t, "marker-3@example.com", *known.Values[0].Value)
		require.Len(t, known.Rejected, 2)

		_, err = s.EraseContact(t.Context(), "", id)
		require.NoError(t, err)
		for _, destination := range []string{"", "dynamics", "elsewhere"} {
			known, err = s.Contact(t.Context(), destination, id)
			require.NoError(t, err)
			require.Equal(t, contacts.Record{}, known)
		}
	})
}

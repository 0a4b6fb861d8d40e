package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFailureDetails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		kept := func(run string) string {
			detail, err := s.FailureDetail(t.Context(), run)
			require.NoError(t, err)
			return detail
		}
		require.Empty(t, kept("a"))
		require.NoError(t, s.SetFailureDetail(t.Context(), "a", "the header is: id"))
		require.NoError(t, s.SetFailureDetail(t.Context(), "a", "the header is: name"))
		require.NoError(t, s.SetFailureDetail(t.Context(), "b", "the header is: mail"))
		require.Equal(t, "the header is: name", kept("a"))
		require.NoError(t, s.SetFailureDetail(t.Context(), "b", ""))
		require.Empty(t, kept("b"))
		_, err := s.Expire(t.Context(), time.Now().Add(-time.Hour))
		require.NoError(t, err)
		require.Equal(t, "the header is: name", kept("a"))
		_, err = s.Expire(t.Context(), time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, kept("a"), "past its retention")
	})
}

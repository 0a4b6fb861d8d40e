package dynamics_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// fetch gets a text from the simulator's control endpoints.
func fetch(t testing.TB, url string) string {
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(data))
	return string(data)
}

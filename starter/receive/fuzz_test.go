package receive_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/receive"
)

// FuzzBody sends any body under any encoding: it is taken whole, or refused with a reason.
func FuzzBody(f *testing.F) {
	for _, text := range shapes {
		profile := shaped(text)
		f.Add(profile, "")
		f.Add(append(append([]byte("["), profile...), "]]"...), "identity")
	}
	whole := packed(f, bytes.Repeat([]byte(" {}\n"), 100))
	f.Add(whole, "gzip")
	f.Add(whole[:len(whole)/2], "gzip")
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, "zstd")
	inbox := &memory{}
	server := newFront(f, inbox).handler
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/destinations/dynamics/profiles", bytes.NewReader(body))
		r.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var accepted receive.Accepted
		require.Contains(t, []int{http.StatusAccepted, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}, w.Code, w.Body)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &accepted))
		inbox.mu.Lock()
		inbox.events, inbox.unreadable = nil, nil
		inbox.mu.Unlock()
		require.GreaterOrEqual(t, accepted.Received, accepted.Ignored+accepted.Rejected)
	})
}

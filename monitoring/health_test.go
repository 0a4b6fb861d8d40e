package monitoring_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/monitoring"
)

// ask probes an address and reads the answer.
func ask(t *testing.T, h *monitoring.Health, path string) (code int, body map[string]any) {
	t.Helper()
	mux := http.NewServeMux()
	h.Register(mux)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
	require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	return answer.Code, body
}

func ready(context.Context) error { return nil }

func TestWhatIsNotReadyIsSaid(t *testing.T) {
	h := &monitoring.Health{}
	h.Add(monitoring.Check{Name: "store", Ready: ready})
	code, body := ask(t, h, "/readyz")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, map[string]any{"status": "ready", "checks": map[string]any{"store": "ok"}}, body)

	h.Add(monitoring.Check{Name: "temporal", Ready: func(context.Context) error { return errors.New("it does not answer") }})
	code, body = ask(t, h, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "temporal: it does not answer", body["error"])
	require.Equal(t, map[string]any{"store": "ok", "temporal": "it does not answer"}, body["checks"])
	code, body = ask(t, h, "/healthz")
	require.Equal(t, http.StatusOK, code, "it is alive all the same")
	require.Equal(t, map[string]any{"status": "ok"}, body)

	h.Replace(monitoring.Check{Name: "temporal", Ready: ready})
	code, _ = ask(t, h, "/readyz")
	require.Equal(t, http.StatusOK, code)
}

func TestACheckThatHangsIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &monitoring.Health{}
		h.Add(monitoring.Check{Name: "temporal", Ready: func(ctx context.Context) error { <-ctx.Done(); return errors.New("no answer in time") }})
		began := time.Now()
		code, _ := ask(t, h, "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, code)
		require.Equal(t, 2*time.Second, time.Since(began))
	})
}

func TestManyProbesAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		h := &monitoring.Health{Age: 5 * time.Second}
		h.Add(monitoring.Check{Name: "store", Ready: func(context.Context) error { asked.Add(1); return nil }})
		for range 10 {
			ask(t, h, "/readyz")
		}
		require.EqualValues(t, 1, asked.Load())
		time.Sleep(5 * time.Second)
		ask(t, h, "/readyz")
		require.EqualValues(t, 2, asked.Load())
	})
}

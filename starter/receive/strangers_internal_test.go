package receive

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// logged takes what is logged until the test ends.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}

// signIn sends a request through the guard and gives the answer's code and how long it took.
func signIn(s *Server, from, token string) (int, time.Duration) {
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.RemoteAddr = from
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	began := time.Now()
	s.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(answer, r)
	return answer.Code, time.Since(began)
}

func TestWrongTokensAreCountedLoggedAndSlowedAndValidOnesAreNot(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := New(t.Context(), Options{Inbox: &steps{}, Activations: t.TempDir(), Tokens: []string{"right"}})
		require.NoError(t, err)
		var waits []time.Duration
		for i := range 10 {
			code, wait := signIn(s, fmt.Sprintf("192.0.2.1:%d", 1000+i), "wrong")
			require.Equal(t, http.StatusUnauthorized, code)
			waits = append(waits, wait)
			code, wait = signIn(s, "192.0.2.1:999", "right")
			require.Equal(t, http.StatusOK, code)
			require.Zero(t, wait, "a valid token from the same source")
		}
		ms := time.Millisecond
		require.Equal(t, []time.Duration{0, 0, 0, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 2000 * ms, 2000 * ms}, waits)
		_, wait := signIn(s, "192.0.2.2:1000", "wrong")
		require.Zero(t, wait, "another source")
		_, wait = signIn(s, "192.0.2.1:1000", "")
		require.Equal(t, longestHold, wait)
		time.Sleep(forgetAfter + time.Second)
		_, wait = signIn(s, "192.0.2.1:1000", "wrong")
		require.Zero(t, wait, "it is long ago")

		require.EqualValues(t, 12, testutil.ToFloat64(s.metrics.refused.WithLabelValues("wrong")))
		require.EqualValues(t, 1, testutil.ToFloat64(s.metrics.refused.WithLabelValues("missing")))
		require.EqualValues(t, 10, testutil.ToFloat64(s.metrics.signedIn.WithLabelValues(plainSender)))
	})
	require.Equal(t, 3, strings.Count(log.String(), "without a valid token"), log)
	require.Contains(t, log.String(), "from=192.0.2.1 requests=11", "what was not told is made up for")
	require.NotContains(t, log.String(), "wrong\n")
}

func TestManySourcesCostNeitherMemoryNorLog(t *testing.T) {
	log := logged(t)
	now := time.Now()
	s := newStrangers(func() time.Time { return now })
	for i := range 10 * mostSources {
		s.note(sourceOf(fmt.Sprintf("[2001:db8:%x:%x::1]:443", i>>16, i&0xffff)))
	}
	require.LessOrEqual(t, len(s.sources), mostSources+1)
	require.Equal(t, mostLines, strings.Count(log.String(), "\n"))
	require.Equal(t, sourceOf("[2001:db8::1]:1"), sourceOf("[2001:db8::ffff:1]:2"), "one network is one sender")
	require.Equal(t, sourceOf("10.0.0.1:1"), sourceOf("[::ffff:10.0.0.1]:2"))
	now = now.Add(2 * forgetAfter)
	s.note(sourceOf("192.0.2.1:1"))
	require.Len(t, s.sources, 1, "they are forgotten")
}

func TestNoMoreAnswersWaitThanMemoryAllows(t *testing.T) {
	logged(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers(time.Now)
		for range freeTries {
			s.hold(t.Context(), "192.0.2.1:1")
		}
		for range mostHeld {
			go s.hold(t.Context(), "192.0.2.1:1")
		}
		synctest.Wait()
		began := time.Now()
		s.hold(t.Context(), "192.0.2.1:1")
		require.Zero(t, time.Since(began))
		time.Sleep(longestHold)
		synctest.Wait()
		require.Empty(t, s.held)
		gone, leave := context.WithCancel(t.Context())
		leave()
		began = time.Now()
		s.hold(gone, "192.0.2.1:1")
		require.Zero(t, time.Since(began), "nobody waits for the answer")
	})
}

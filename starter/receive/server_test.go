package receive_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/receive"
	"audienceflow/store/inbox"
)

// soon is longer than anything here takes on a busy machine.
const soon, look = 2 * time.Minute, 5 * time.Millisecond

func TestSendersSignInWithAnyOfTheTokens(t *testing.T) {
	f := newFront(t, &memory{}, func(o *receive.Options) { o.Tokens = []string{"old", "new"} })
	for header, code := range map[string]int{
		"Bearer old": http.StatusAccepted, "bearer new": http.StatusAccepted,
		"Bearer other": http.StatusUnauthorized, "Bearer ": http.StatusUnauthorized, "old": http.StatusUnauthorized,
		"Basic old": http.StatusUnauthorized, "": http.StatusUnauthorized, "Bearer old new": http.StatusUnauthorized,
	} {
		got, _ := f.post(shaped(shapes["batch"]), "Authorization", header)
		require.Equal(t, code, got, header)
	}
	require.Len(t, f.inbox.kept(), 2)
}

// untouched is a body that must not be read.
type untouched struct{ read bool }

func (u *untouched) Read([]byte) (int, error) { u.read = true; return 0, io.EOF }

func TestAStrangersBodyIsNotRead(t *testing.T) {
	f := newFront(t, &memory{}, func(o *receive.Options) { o.Tokens = []string{"one"} })
	server, err := receive.New(t.Context(), receive.Options{Inbox: f.inbox, Waker: f.waker, Activations: f.folder, Tokens: []string{"one"}})
	require.NoError(t, err)
	body := &untouched{}
	r, err := http.NewRequest(http.MethodPost, "/v1/destinations/dynamics/profiles", body)
	require.NoError(t, err)
	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, r)
	require.Equal(t, http.StatusUnauthorized, answer.Code)
	require.False(t, body.read)
}

func TestActivationFilesAreReadAnew(t *testing.T) {
	f := newFront(t, &memory{})
	news := []byte(strings.Replace(string(shaped(shapes["batch"])), `"vip"`, `"news"`, 1))
	_, accepted := f.post(news)
	require.Equal(t, receive.Accepted{Received: 1, Ignored: 1}, accepted)

	f.write("news.yaml", strings.Replace(strings.Replace(vipFile, "audience: vip", "audience: news", 1), "vipstatus", "newsstatus", 1))
	require.Eventually(t, func() bool { _, a := f.post(news); return a.Ignored == 0 }, soon, look)

	versions := func(audience string) int {
		f.inbox.mu.Lock()
		defer f.inbox.mu.Unlock()
		return len(f.inbox.versions[inbox.StreamKey{Destination: "dynamics", Audience: audience}])
	}
	f.write("vip.yaml", "destination: dynamics\naudience: vip\nthis is: [wrong")
	f.write("news.yaml", strings.Replace(vipFile, "audience: vip", "audience: news", 1))
	require.Eventually(t, func() bool { return versions("news") == 2 }, soon, look, "a broken file holds up no other")
	code, accepted := f.post(shaped(shapes["batch"]))
	require.Equal(t, http.StatusAccepted, code)
	require.Zero(t, accepted.Ignored, "what the broken one said before stays")
	require.Equal(t, 1, versions("vip"))

	f.write("vip.yaml", strings.Replace(vipFile, "vipstatus", "vip2status", 1))
	require.Eventually(t, func() bool { return versions("vip") == 2 }, soon, look, "a changed activation is another version")
	require.NoError(t, os.Remove(filepath.Join(f.folder, "vip.yaml")))
	require.Eventually(t, func() bool { _, a := f.post(shaped(shapes["batch"])); return a.Ignored == 1 }, soon, look)
}

func TestTwoFilesForOneStreamAreRefused(t *testing.T) {
	f := newFront(t, &memory{})
	f.write("again.yml", vipFile)
	_, err := receive.New(t.Context(), receive.Options{Inbox: f.inbox, Waker: f.waker, Activations: f.folder})
	require.ErrorContains(t, err, "both stream audience vip")
	_, err = receive.New(t.Context(), receive.Options{Inbox: f.inbox, Waker: f.waker, Activations: f.folder + "/missing"})
	require.ErrorContains(t, err, "--activations")
}

func TestAStreamThatTurnsDirtyIsWokenAtOnce(t *testing.T) {
	key := inbox.StreamKey{Destination: "dynamics", Audience: "vip"}
	f := newFront(t, &memory{wake: []inbox.StreamKey{key}}, func(o *receive.Options) { o.SweepEvery = time.Hour })
	f.post(shaped(shapes["batch"]))
	require.Eventually(t, func() bool { return f.waker.count() == 1 }, soon, look)
}

func TestSweepsWakeWhatWasLeftBehind(t *testing.T) {
	key := inbox.StreamKey{Destination: "dynamics", Audience: "vip"}
	state := inbox.StreamState{StreamKey: key, Dirty: true, DirtySince: time.Now(), Backlog: 3}
	f := newFront(t, &memory{states: []inbox.StreamState{state, {StreamKey: inbox.StreamKey{Destination: "dynamics", Audience: "clean"}}}},
		func(o *receive.Options) { o.SweepEvery = look })
	require.Eventually(t, func() bool { return f.waker.count() == 1 }, soon, look, "at the start")
	require.Never(t, func() bool { return f.waker.count() > 1 }, 20*look, look, "a running stream is woken once for the same events")

	f.waker.set(true, errors.New("Temporal is away"))
	f.inbox.mu.Lock()
	f.inbox.states[0].DirtySince = state.DirtySince.Add(time.Minute)
	f.inbox.mu.Unlock()
	require.Never(t, func() bool { return f.waker.count() > 1 }, 5*look, look)
	f.waker.set(true, nil)
	require.Eventually(t, func() bool { return f.waker.count() == 2 }, soon, look, "a sweep tries again")

	f.waker.set(false, nil)
	require.Eventually(t, func() bool { return f.waker.count() > 2 }, soon, look, "its workflow is gone")
}

func TestMetricsTellBacklogAndLag(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	f := newFront(t, &memory{states: []inbox.StreamState{{StreamKey: inbox.StreamKey{Destination: "dynamics", Audience: "vip"}, Backlog: 7, Oldest: at}}},
		func(o *receive.Options) { o.Now = func() time.Time { return at.Add(90 * time.Second) } })
	f.post(shaped(shapes["batch"]))
	answer, err := f.web.Get(f.url + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), `audienceflow_stream_backlog{audience="vip",destination="dynamics"} 7`)
	require.Contains(t, string(text), `audienceflow_stream_lag_seconds{audience="vip",destination="dynamics"} 90`)
	require.Contains(t, string(text), `audienceflow_received_profiles_total{count="received",destination="dynamics"} 1`)
	require.Contains(t, string(text), `audienceflow_receive_seconds_count{code="202"} 1`)
}

package receive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/starter/receive"
	"audienceflow/store/inbox"
)

const guid = "9fd6cf7c-1b86-4cd3-9b1e-2a1b0c3d4e5f"

const vipFile = `destination: dynamics
audience: vip
mappingId: vipstatus
source: {stream: true, contactId: contactId}
mapping:
  - {source: person.name.firstName, target: FirstName}
`

// memory is an inbox in memory.
type memory struct {
	mu         sync.Mutex
	events     []inbox.Event
	unreadable []inbox.Unreadable
	states     []inbox.StreamState
	versions   map[inbox.StreamKey][]string
	wake       []inbox.StreamKey
	unmapped   []runs.UnmappedBodies
	notes      map[inbox.StreamKey]string

	block chan struct{} // nil: answers at once
	fail  error
}

func (m *memory) Receive(ctx context.Context, events []inbox.Event, unreadable []inbox.Unreadable) ([]inbox.StreamKey, error) {
	if m.block != nil {
		select {
		case <-m.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	m.events = append(m.events, events...)
	m.unreadable = append(m.unreadable, unreadable...)
	return m.wake, nil
}

func (m *memory) Streams(context.Context) ([]inbox.StreamState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.states), m.fail
}

func (m *memory) NoteStream(_ context.Context, key inbox.StreamKey, notes string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.notes == nil {
		m.notes = map[inbox.StreamKey]string{}
	}
	m.notes[key] = notes
	return m.fail
}

func (m *memory) RegisterStream(_ context.Context, key inbox.StreamKey, activation []byte) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.versions == nil {
		m.versions = map[inbox.StreamKey][]string{}
	}
	list := m.versions[key]
	if len(list) == 0 || list[len(list)-1] != string(activation) {
		m.versions[key] = append(list, string(activation))
	}
	return int64(len(m.versions[key])), nil
}

func (m *memory) CountUnmapped(_ context.Context, list []runs.UnmappedBodies) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unmapped = append(m.unmapped, list...)
	return m.fail
}

func (m *memory) kept() []inbox.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

// wakers counts wake-ups.
type wakers struct {
	mu    sync.Mutex
	woken []inbox.StreamKey
	awake bool
	fail  error
}

func (w *wakers) Wake(_ context.Context, key inbox.StreamKey) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return w.fail
	}
	w.woken = append(w.woken, key)
	return nil
}

func (w *wakers) Awake(context.Context, inbox.StreamKey) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.awake, nil
}

func (w *wakers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.woken)
}

func (w *wakers) set(awake bool, fail error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.awake, w.fail = awake, fail
}

// front is a running server.
type front struct {
	t       testing.TB
	handler http.Handler
	url     string
	web     *http.Client // of its own: a server that closes takes idle connections from the default one
	folder  string
	inbox   *memory
	waker   *wakers
	stop    func()
}

// newFront starts a server on an inbox in memory, with one activation file.
func newFront(t testing.TB, inbox *memory, change ...func(*receive.Options)) *front {
	t.Helper()
	f := &front{t: t, folder: t.TempDir(), inbox: inbox, waker: &wakers{awake: true}}
	f.write("vip.yaml", vipFile)
	o := receive.Options{
		Inbox: inbox, Waker: f.waker, Activations: f.folder, LookEvery: 10 * time.Millisecond, SweepEvery: 10 * time.Millisecond,
		AnswerTime: soon, // a busy machine may take longer than senders are promised
	}
	for _, c := range change {
		c(&o)
	}
	server, err := receive.New(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); server.Run(ctx) }()
	f.handler = server.Handler()
	running := httptest.NewServer(f.handler)
	f.stop = func() { running.Close(); cancel(); <-ended }
	t.Cleanup(f.stop)
	f.url, f.web = running.URL, running.Client()
	return f
}

func (f *front) write(name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.folder, name), []byte(text), 0o600))
}

// post sends a body and gives the status code and the answer.
func (f *front) post(body []byte, header ...string) (int, receive.Accepted) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/v1/destinations/dynamics/profiles", bytes.NewReader(body))
	require.NoError(f.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return f.do(r)
}

func (f *front) do(r *http.Request) (int, receive.Accepted) {
	f.t.Helper()
	answer, err := f.web.Do(r)
	require.NoError(f.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(f.t, err)
	var accepted receive.Accepted
	require.NoError(f.t, json.Unmarshal(text, &accepted), "%s", text)
	return answer.StatusCode, accepted
}

func packed(t testing.TB, text []byte) []byte {
	t.Helper()
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return body.Bytes()
}

package activities_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/alerts/targets"
	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/store"
)

// pipes are a network in memory, on which time may be virtual.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	close   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9080} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.waiting <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// place is a destination in virtual time: a simulated Dynamics behind a network that can be broken,
// and a store that it may share with others.
type place struct {
	t       *testing.T
	name    string
	sim     *simulator.Server
	options activities.Options
	ids     []string

	mu      sync.Mutex
	match   *regexp.Regexp
	network func(r *http.Request) error // nil: requests get through
	met     int                         // requests that met the fault
	writes  int                         // that got through
	onWrite func()
}

const address = "http://127.0.0.1:9080"

// openStore opens a store for places.
func openStore(t *testing.T) *store.Store {
	t.Helper()
	kept, err := store.Open(t.Context(), "sqlite:"+activities.NewStore(t))
	require.NoError(t, err)
	return kept
}

// newPlace makes one of so many contacts, of which some go into one request. It has to be closed.
func newPlace(t *testing.T, kept *store.Store, name string, contacts, size int) (p *place, closePlace func()) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Contacts: contacts, NoLimits: true, Columns: []string{"acme_vip:string:20"}})
	require.NoError(t, err)
	wire := &pipes{waiting: make(chan net.Conn), closed: make(chan struct{})}
	ctx, hangUp := context.WithCancel(t.Context())
	server := &http.Server{Handler: sim, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan error)
	go func() { served <- server.Serve(wire) }()
	carrier := &http.Transport{DialContext: wire.dial}
	p = &place{t: t, name: name, sim: sim}
	client, err := dynamics.New(dynamics.Config{
		Environment: address, Authority: address, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil }, Concurrency: 1, Transport: &breakable{place: p, next: carrier},
	})
	require.NoError(t, err)
	p.options = activities.Options{Store: kept, Alerts: targets.New(nil), Destination: activities.Destination{
		Name: name, Prefix: "acme", RequestSize: size, RequestTimeout: dynamics.DefaultRequestTimeout, Client: client,
	}}
	for n := range contacts {
		p.ids = append(p.ids, simulator.GeneratedID(1, n))
	}
	return p, func() {
		hangUp() // also on requests that nobody has read
		carrier.CloseIdleConnections()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		require.NoError(t, sim.Close())
	}
}

// breakable carries requests, unless its place is to be broken for them.
type breakable struct {
	place *place
	next  http.RoundTripper
}

func (b *breakable) RoundTrip(r *http.Request) (*http.Response, error) {
	p := b.place
	time.Sleep(time.Millisecond)
	p.mu.Lock()
	meets := p.match != nil && p.match.MatchString(r.Method+" "+r.URL.RequestURI())
	if meets {
		p.met++
	}
	network := p.network
	p.mu.Unlock()
	if meets && network != nil {
		if r.Body != nil {
			_ = r.Body.Close() // as a transport has to
		}
		return nil, network(r)
	}
	response, err := b.next.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "UpdateMultiple") && response.StatusCode < http.StatusMultipleChoices {
		p.mu.Lock()
		p.writes++
		wrote := p.onWrite
		p.mu.Unlock()
		if wrote != nil {
			wrote()
		}
	}
	return response, err
}

// break lets requests meet a fault from now on.
func (p *place) breakNow(match string, f activities.TableFault) error {
	p.mu.Lock()
	p.match, p.network = regexp.MustCompile("(?i)"+match), f.Network
	p.mu.Unlock()
	if f.Network != nil {
		return nil
	}
	f.Fault.Match = match
	return p.sim.AddFault(f.Fault)
}

// mend ends all faults.
func (p *place) mend() {
	p.mu.Lock()
	p.match, p.network = nil, nil
	p.mu.Unlock()
	p.control(http.MethodDelete, "faults")
}

func (p *place) control(method, what string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	p.sim.ServeHTTP(answer, httptest.NewRequest(method, "/_simulator/"+what, http.NoBody))
	return answer
}

// timesWritten tells how often each contact was written.
func (p *place) timesWritten() map[string]int {
	times := map[string]int{}
	lines := bufio.NewScanner(p.control(http.MethodGet, "writes").Body)
	for lines.Scan() {
		var write struct {
			ContactID string `json:"contactid"`
		}
		require.NoError(p.t, json.Unmarshal(lines.Bytes(), &write))
		times[strings.ToLower(write.ContactID)]++
	}
	require.NoError(p.t, lines.Err())
	return times
}

// holds tells how many contacts hold a word in the status column.
func (p *place) holds(word string) int {
	return strings.Count(p.control(http.MethodGet, "contacts?select=acme_vip").Body.String(), word+"\n")
}

// file is a source of all contacts, dated now.
func (p *place) file() string {
	p.t.Helper()
	var lines strings.Builder
	lines.WriteString("id,status\n")
	for _, id := range p.ids {
		lines.WriteString(id + ",realized\n")
	}
	path := filepath.Join(p.t.TempDir(), "audience.csv")
	require.NoError(p.t, os.WriteFile(path, []byte(lines.String()), 0o600))
	require.NoError(p.t, os.Chtimes(path, time.Now(), time.Now()))
	return path
}

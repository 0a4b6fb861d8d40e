package chaos

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands between the workers and a simulated Dynamics, as company networks put one there. It
// keeps what was to be written, and answers some requests as it should not.
type proxy struct {
	name     string
	address  string
	target   *url.URL
	timeline *timeline
	client   *http.Transport
	busy     sync.Mutex // held while its port is closed

	// look, where it is set, sees each request come, its work done and its answer given.
	look func(class, when string)

	requests, hits atomic.Int64

	mu      sync.Mutex
	server  *http.Server
	armed   []*armedFault
	awaited map[string][]chan string
	sent    map[string]*sentRequest
}

// sentRequest is a request that is to change contacts.
type sentRequest struct {
	at      time.Time
	session string
	rows    map[string]map[string]any
	lost    bool // its answer did not reach the worker as Dynamics gave it
}

// armedFault waits for requests of a class ("": of any) to spoil.
type armedFault struct {
	proxyFault
	class string
	left  int
	until time.Time
}

func newProxy(name, target string, l *timeline) (*proxy, error) {
	address, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	p := &proxy{
		name: name, target: address, timeline: l, sent: map[string]*sentRequest{}, awaited: map[string][]chan string{}, address: "127.0.0.1:0",
		client: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	}
	return p, p.listen()
}

// listen serves, at the same address as before.
func (p *proxy) listen() error {
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.address = listener.Addr().String()
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: patience}
	go func(s *http.Server) { _ = s.Serve(listener) }(p.server) // until it is closed
	return nil
}

// refuse closes the port for a while: connections are cut and refused.
func (p *proxy) refuse(length time.Duration) {
	p.close()
	time.Sleep(length)
	if err := p.listen(); err != nil {
		p.timeline.fault("the proxy of %s cannot listen again: %v", p.name, err)
	}
}

func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.server.Close() // what it was at is cut
}

func (p *proxy) url() string { return "http://" + p.address }

// arm has the next requests of a class go wrong, if they come in time.
func (p *proxy) arm(f proxyFault, class string, count int, within time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = append(p.armed, &armedFault{proxyFault: f, class: class, left: count, until: time.Now().Add(within)})
}

// disarm ends all faults.
func (p *proxy) disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = nil
}

// next gives a channel that tells where the next request of a class comes from.
func (p *proxy) next(class string) <-chan string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := make(chan string, 1)
	p.awaited[class] = append(p.awaited[class], c)
	return c
}

func (p *proxy) tell(class, from string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.awaited[class] {
		c <- from
	}
	delete(p.awaited, class)
}

// take finds the fault that hits a request.
func (p *proxy) take(class string) *armedFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range p.armed {
		if f.left == 0 || time.Now().After(f.until) || f.class != "" && f.class != class {
			continue
		}
		f.left--
		if f.left == 0 {
			p.armed = append(p.armed[:i:i], p.armed[i+1:]...)
		}
		return f
	}
	return nil
}

// ServeHTTP carries a request to the simulator and its answer back, unless a fault is waiting for
// it.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the worker was killed while it was sending
	}
	p.requests.Add(1)
	class, id := classOf(r), r.Header.Get(requestID)
	e := &exchange{proxy: p, w: w, r: r, class: class, id: id, body: body}
	if writes(class) {
		p.keep(e)
	}
	p.tell(class, r.RemoteAddr)
	p.see(class, asked)
	if f := p.take(class); f != nil {
		p.hits.Add(1)
		p.timeline.note("%s: %s hits %s %s", p.name, f.name, class, id)
		f.do(e)
		return
	}
	e.pass()
}

// Moments of a request.
const (
	asked  = "asked"
	worked = "worked"
	given  = "given"
)

func (p *proxy) see(class, when string) {
	if p.look != nil {
		p.look(class, when)
	}
}

func (p *proxy) keep(e *exchange) {
	s := &sentRequest{at: time.Now(), session: e.r.Header.Get("x-ms-client-session-id"), rows: rowsOf(e.class, e.r.URL.Path, e.body)}
	if e.class == classBatch {
		e.body = named(e.body, e.id)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[e.id] = s
}

// lose notes that the answer to a request did not arrive, or not as it was given.
func (p *proxy) lose(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sent[id]; s != nil {
		s.lost = true
	}
}

// request gives what is known of a request that was to change contacts.
func (p *proxy) request(id string) (sentRequest, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sent[id]
	if s == nil {
		return sentRequest{}, false
	}
	return *s, true
}

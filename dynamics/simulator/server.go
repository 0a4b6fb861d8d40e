package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is a simulated environment: an http.Handler for the token endpoint, the Web API and the
// control endpoints.
type Server struct {
	options Options
	// organization is the id that WhoAmI tells: the data folder's own.
	organization string

	db           *database
	tokens       *issuer
	load         *load
	faults       *faults
	stats        *statistics
	denied       map[string]bool // privileges, or "ID:PRIVILEGE" of one application, in lower case
	applications []application
	fixed        map[string]*fixedSet
	bodies       sync.Pool // read buffers: requests of a thousand rows come by the hundred each second
	now          func() time.Time
}

// New loads an environment. It fails when the options contradict each other or files cannot be
// read.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	now := time.Now
	s := &Server{options: o, now: now, stats: &statistics{}, denied: map[string]bool{}}
	s.stats.clear(now())
	s.db = newDatabase(now)
	for _, spec := range o.Columns {
		c, err := customColumn(spec, o.Prefix)
		if err != nil {
			return nil, err
		}
		if s.db.contacts.byName[c.name] != nil {
			return nil, fmt.Errorf("column %q: contact has it already", spec)
		}
		s.db.contacts.add(c)
	}
	if err := s.addKeys(); err != nil {
		return nil, err
	}
	for _, name := range o.Secured {
		c := s.db.contacts.byName[name]
		if c == nil {
			return nil, fmt.Errorf("secured: contact has no column %q", name)
		}
		c.secured = true
	}
	for _, privilege := range o.Deny {
		s.denied[strings.ToLower(privilege)] = true
	}
	var err error
	if s.applications, err = o.applications(); err != nil {
		return nil, err
	}
	if s.organization, err = organizationOf(o.DataDir); err != nil {
		return nil, err
	}
	s.tokens = newIssuer(o, now)
	s.load = newLoad(o, now, s.stats)
	s.faults = &faults{now: now, tokens: s.tokens, state: uint64(o.Seed)}
	s.fixed = s.fixedTables()
	return s, s.fill()
}

func (s *Server) addKeys() error {
	t := s.db.contacts
	for i, spec := range s.options.Keys {
		k := alternateKey{name: "key" + fmt.Sprint(i+1), columns: strings.Split(spec, ","), id: generated(int64(i), purposeMetadata, contactTypeCode)}
		for _, name := range k.columns {
			if t.byName[name] == nil {
				return fmt.Errorf("key %q: contact has no column %q", spec, name)
			}
		}
		t.keys = append(t.keys, k)
	}
	return nil
}

// fill loads the kept rows, or else the first ones.
func (s *Server) fill() error {
	o, held := s.options, false
	if o.DataDir != "" {
		var err error
		if held, err = s.db.openJournal(o.DataDir); err != nil {
			return err
		}
	}
	if !held {
		s.db.generateAccounts(o.Seed)
		s.db.generate(o.Seed, o.Contacts)
		if o.ContactsFrom != "" {
			if err := s.db.loadCSV(o.ContactsFrom); err != nil {
				return err
			}
		}
	}
	s.db.contacts.sorted()
	if o.DataDir == "" {
		return nil
	}
	return s.db.keep(o.DataDir)
}

// Close writes what is to be kept; rows changed afterwards are not. Closing twice does nothing
// more.
func (s *Server) Close() error {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.journal == nil {
		return nil
	}
	if err := s.db.keep(s.options.DataDir); err != nil {
		return err
	}
	file := s.db.journal.file
	s.db.journal = nil
	return file.Close()
}

// Contacts gives how many contacts there are.
func (s *Server) Contacts() int {
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	return s.db.contacts.count()
}

// ServeHTTP answers the token endpoint, the Web API and the control endpoints.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case strings.HasPrefix(path, "/_simulator/"):
		s.control(w, r, strings.TrimPrefix(path, "/_simulator/"))
	case strings.HasPrefix(path, "/api/data/"):
		s.serveAPI(w, r)
	case rest == string(tokenV2), rest == string(tokenV1):
		s.serveToken(w, r, tenant, tokenEndpoint(rest))
	case path == pathIMDS, path == pathAppService:
		s.serveIdentity(w, r)
	case rest == "discovery/v2.0/keys", rest == "discovery/keys":
		serveKeys(w)
	case rest == "discovery/instance":
		serveInstance(w, r)
	case rest == "v2.0/.well-known/openid-configuration" || rest == ".well-known/openid-configuration":
		s.serveOpenID(w, r, tenant)
	default:
		http.Error(w, "This is a Dataverse simulator: /api/data/v9.2/, /{tenant}/oauth2/v2.0/token and /_simulator/ are served.", http.StatusNotFound)
	}
}

// Timeouts of the listener: generous, since the service itself answers slow requests too.
const (
	readHeaderTimeout = 30 * time.Second
	maxHeader         = 128 << 10 // a URL of 32 KB must come through to be refused properly
	closeTimeout      = 2 * time.Second
)

// Running is a simulator that listens.
type Running struct {
	// URL is the environment's address, and the base of the authority: http://127.0.0.1:PORT.
	URL string
	// Server is the environment itself, for what a test in the same process asks or changes without
	// HTTP.
	Server *Server

	http *http.Server
	done chan error
}

// Start loads an environment and serves it on a free loopback port. Close must be called.
func Start(o Options) (*Running, error) { return StartOn("127.0.0.1:0", o) }

// StartOn loads an environment and serves it on an address. A taken port is told before the
// loading; the simulator listens only when all is loaded.
func StartOn(address string, o Options) (*Running, error) {
	probe, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	if err := probe.Close(); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	r := &Running{URL: "http://" + listener.Addr().String(), Server: s, done: make(chan error, 1)}
	r.http = &http.Server{Handler: s, ReadHeaderTimeout: readHeaderTimeout, MaxHeaderBytes: maxHeader}
	go func() { r.done <- r.http.Serve(listener) }()
	return r, nil
}

// Close waits for running requests for a moment, stops listening and writes what is to be kept.
func (r *Running) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := r.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = r.http.Close() // a hanging request is somebody's fault, not a reason to stay
	}
	if served := <-r.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, r.Server.Close())
}

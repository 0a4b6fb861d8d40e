package targets

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// tellTime is how long a target may take.
const tellTime = 10 * time.Second

// guardedServices are those of shoutrrr that send all they have to say through the HTTP client that
// they are given. A URL in an activation file may name them; the others only where ALERT_HOSTS
// names their host, for they look it up on their own.
var guardedServices = []string{
	"bark", "discord", "generic", "googlechat", "gotify", "hangouts", "ifttt", "join", "lark", "mattermost", "ntfy", "opsgenie",
	"pagerduty", "pushbullet", "pushover", "rocketchat", "signal", "slack", "teams", "telegram", "wecom", "zulip",
}

// guard is the way of one alert: each host is looked up once and dialled at what was found, and
// nobody is followed elsewhere.
type guard struct {
	hosts Hosts
	open  bool // any host may be reached, and redirects are followed
	dry   bool // nothing is sent: only whether it might be is to be known

	mu     sync.Mutex
	found  map[string][]netip.Addr
	hosted []string // the hosts that were asked for
	err    error    // why a request failed: some services keep that for themselves
}

var errDry = errors.New("nothing is sent")

func (g *guard) client() *http.Client {
	c := &http.Client{Transport: g, Timeout: tellTime}
	if !g.open {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return g.failed(errRedirected) }
	}
	return c
}

func (g *guard) failed(err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
	return err
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := g.roundTrip(r)
	if err != nil && !errors.Is(err, errDry) {
		return nil, g.failed(err)
	}
	return answer, err
}

func (g *guard) roundTrip(r *http.Request) (*http.Response, error) {
	if g.open {
		return http.DefaultTransport.RoundTrip(r)
	}
	proxy, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, err
	}
	found, err := g.resolve(r.Context(), r.URL, proxy != nil)
	if err != nil {
		return nil, err
	}
	if g.dry {
		return nil, errDry
	}
	way := http.DefaultTransport.(*http.Transport).Clone()
	way.DisableKeepAlives = true
	if proxy == nil { // which would look the host up on its own
		way.DialContext = func(ctx context.Context, network, at string) (net.Conn, error) {
			return dialFound(ctx, network, at, found)
		}
	}
	return way.RoundTrip(r)
}

func (g *guard) resolve(ctx context.Context, to *url.URL, proxied bool) ([]netip.Addr, error) {
	host := hostName(to.Hostname())
	g.mu.Lock()
	defer g.mu.Unlock()
	if found, ok := g.found[host]; ok {
		return found, nil
	}
	g.hosted = append(g.hosted, host)
	found, err := g.hosts.addresses(ctx, host, to.Port(), proxied)
	if err != nil {
		return nil, err
	}
	if g.found == nil {
		g.found = map[string][]netip.Addr{}
	}
	g.found[host] = found
	return found, nil
}

// dialFound connects to the first of the addresses that answers, at the port of the one that was
// asked for.
func dialFound(ctx context.Context, network, at string, found []netip.Addr) (net.Conn, error) {
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: tellTime / time.Duration(len(found))}
	var failed error
	for _, address := range found {
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(address.String(), port))
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	return nil, failed
}

// Tell sends a text to a URL of an activation file. Refusal knows the error of one that may not be
// reached.
func (h Hosts) Tell(target, text string) error { return h.try(&guard{hosts: h}, target, text) }

// Look finds out whether a URL of an activation file may be reached, and which hosts it leads to,
// without sending anything.
func (h Hosts) Look(target string) ([]string, error) {
	g := &guard{hosts: h, dry: true}
	err := h.try(g, target, "check")
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.err != nil || h.Refusal(err) != nil:
		return slices.Clone(g.hosted), errors.Join(g.err, err)
	case len(g.hosted) == 0:
		return nil, errNoAlertURL
	}
	return slices.Clone(g.hosted), nil // that nothing was sent is all that was wrong
}

// Usable finds out whether a URL of the worker's own environment is one that can be told anything,
// and sends nothing.
func (Hosts) Usable(target string) error {
	g := &guard{open: true, dry: true}
	if _, err := shoutrrr.CreateSenderWithOptions(types.SenderOptions{HTTPClient: g.client()}, target); err != nil {
		return errNoAlertURL
	}
	return nil
}

func (h Hosts) try(g *guard, target, text string) error {
	service, _, _ := strings.Cut(target, "://")
	service, _, _ = strings.Cut(strings.ToLower(service), "+")
	if !slices.Contains(guardedServices, service) {
		return h.tryUnguarded(g, target, text)
	}
	sender, err := shoutrrr.CreateSenderWithOptions(types.SenderOptions{HTTPClient: g.client()}, target)
	if err != nil {
		return errNoAlertURL
	}
	return g.send(sender, text)
}

func (g *guard) send(sender *router.ServiceRouter, text string) error {
	err := errors.Join(sender.Send(text, &types.Params{})...)
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.err, err)
}

// TellAnywhere sends a text to a URL of the worker's own environment.
func (Hosts) TellAnywhere(target, text string) error {
	g := &guard{open: true}
	sender, err := shoutrrr.CreateSenderWithOptions(types.SenderOptions{HTTPClient: g.client()}, target)
	if err != nil {
		return errNoAlertURL
	}
	return g.send(sender, text)
}

// tryUnguarded is for the services that connect by other ways than HTTP: what ALERT_HOSTS names is
// theirs to look up.
func (h Hosts) tryUnguarded(g *guard, target, text string) error {
	to, err := url.Parse(target)
	if err != nil || to.Hostname() == "" {
		return errOwnLookup
	}
	g.hosted = append(g.hosted, hostName(to.Hostname()))
	if !h.names(to.Hostname(), to.Port()) {
		return g.failed(errOwnLookup)
	}
	if g.dry {
		return nil
	}
	return shoutrrr.Send(target, text)
}

package dynamics

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
)

// Client works on the contacts of one environment. It is safe for concurrent use, and all its
// callers share its limits: make one per environment and process.
type Client struct {
	cfg       Config
	base      *url.URL // scheme and host of the environment
	authority *url.URL
	session   string // x-ms-client-session-id: one per client
	http      *http.Client
	users     []*user
	limits    *dispatcher // of all users
	sizes     sizes
	bulk      atomic.Bool // UpdateMultiple is there, as far as is known
	batch     atomic.Bool // $batch is there, as far as is known
	writing   struct {
		sync.Mutex
		WriteTime
	}
}

// New makes a client. It does not touch the network; the error holds every problem of the
// configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	base, err := resolveEnvironment(cfg.Environment, cfg.Region)
	if err != nil {
		return nil, err
	}
	authority, err := resolveAuthority(cfg.Authority, base)
	if err != nil {
		return nil, err
	}
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport(cfg.Concurrency * len(cfg.users()))
	}
	c := &Client{cfg: cfg, base: base, authority: authority, session: uuid.NewString(), http: newHTTPClient(transport)}
	c.addUsers()
	c.bulk.Store(true)
	c.batch.Store(true)
	return c, nil
}

// Host is the environment's host name, with the port if there is one.
func (c *Client) Host() string { return c.base.Host }

// Addresses are the environment's and, where it is asked, that of its sign-in.
func (c *Client) Addresses() []*url.URL {
	if !c.cfg.needsTenant() {
		return []*url.URL{c.base}
	}
	return []*url.URL{c.base, c.authority}
}

// Close lets go of idle connections. Requests under way are not disturbed, and the client may be
// used again.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Identity is who the client is signed in as.
type Identity struct {
	UserID         string `json:"userId"`
	BusinessUnitID string `json:"businessUnitId"`
	OrganizationID string `json:"organizationId"`
}

// WhoAmI asks who the token stands for.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) {
	const op = "ask who am I"
	q := query{op: op, path: "WhoAmI", context: typePrefix + "WhoAmIResponse"}
	doc, err := c.get(ctx, q)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{UserID: doc.Get("UserId").String(), BusinessUnitID: doc.Get("BusinessUnitId").String(), OrganizationID: doc.Get("OrganizationId").String()}
	for _, text := range []string{id.UserID, id.BusinessUnitID, id.OrganizationID} {
		if _, ok := parseGUID(text); !ok {
			return Identity{}, c.unlike(q)
		}
	}
	return id, nil
}

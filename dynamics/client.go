package dynamics

import (
	"net/url"

	"github.com/google/uuid"
)

// Client works on the contacts of one environment. It is safe for concurrent use, and all its callers share its
// limits: make one per environment and process.
type Client struct {
	cfg       Config
	base      *url.URL // scheme and host of the environment
	authority *url.URL
	session   string // x-ms-client-session-id: one per client
}

// New makes a client. It does not touch the network; the error holds every problem of the configuration.
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
	return &Client{cfg: cfg, base: base, authority: authority, session: uuid.NewString()}, nil
}

// Host is the environment's host name, with the port if there is one.
func (c *Client) Host() string { return c.base.Host }

// Identity is who the client is signed in as.
type Identity struct {
	UserID         string `json:"userId"`
	BusinessUnitID string `json:"businessUnitId"`
	OrganizationID string `json:"organizationId"`
}

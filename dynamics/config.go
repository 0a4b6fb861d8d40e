package dynamics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"
)

const (
	// DefaultRequestSize is within the 100 to 1000 rows that Microsoft recommends for
	// UpdateMultiple; at the 30 ms a row that trial environments take, a request lasts a quarter of
	// DefaultRequestTimeout.
	// https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
	DefaultRequestSize = 500
	// MaxRequestSize is the most operations that one $batch may hold.
	MaxRequestSize = 1000
	// DefaultConcurrency is the documented limit of requests in flight per user and web server.
	// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
	DefaultConcurrency = 52
	// DefaultRequestTimeout is half of the two minutes after which Dataverse gives up on a request.
	DefaultRequestTimeout = 60 * time.Second
)

// Config says which environment to work on and how to sign in to it.
type Config struct {
	// Environment is an organisation's name ("org57771b33"), its host name, or a full https URL,
	// which overrides Region. Plain http is accepted for loopback addresses only.
	Environment string
	// Region is the code in the host name: "crm", "crm4"; also "EUR", "NAM" and the like. Default
	// "crm".
	Region string
	// TenantID is the Entra tenant: a GUID or a domain name.
	TenantID string
	// ClientID is the application (client) id of the app registration.
	ClientID string
	// Users are several application users of the environment that share the work, in place of
	// ClientID, Secret and Certificate.
	Users []User
	// Authority is the sign-in address before "/{tenant}". Empty: the one of the environment's
	// cloud, or the environment's own address where that is a loopback one.
	Authority string
	// Prefix is the publisher's Customization Prefix ("acme"); may be empty where Mapping IDs hold
	// it.
	Prefix string
	// Secret gives the client secret. It is asked anew at each sign-in, so that a changed secret is
	// picked up.
	Secret func() (string, error)
	// Certificate gives a PEM with certificate and private key; it is used instead of Secret where
	// both are set, and asked anew at each sign-in.
	Certificate func() ([]byte, error)
	// FederatedToken gives the token of another identity provider that the app registration trusts
	// (workload identity federation). It is used instead of both, and asked anew at each sign-in.
	FederatedToken func() (string, error)
	// ManagedIdentity signs in instead of all of these. TenantID is not needed then.
	ManagedIdentity ManagedIdentity
	// RequestSize is the most rows in one request. Default DefaultRequestSize, at most
	// MaxRequestSize.
	RequestSize int
	// Concurrency is the most requests in flight of each user; the client stays below it as its
	// limits ask.
	// Default DefaultConcurrency.
	Concurrency int
	// Pace is how much of what the environment allows is taken. Default PaceFast.
	Pace Pace
	// RequestTimeout bounds one request, from the moment it may be sent to the end of its answer.
	// Default DefaultRequestTimeout.
	RequestTimeout time.Duration
	// Bypass leaves out parts of the customer's own logic. Default: nothing is left out.
	Bypass Bypass
	// Observe, if set, is told of each request when it has ended, from several goroutines at once.
	Observe func(Exchange)
	// Trace, if set, is told of each request when it begins, and what it gives back when it has
	// ended; the request is sent under the context that it gives.
	Trace func(ctx context.Context, began Exchange) (context.Context, func(ended Exchange))
	// Transport carries the requests. Default: a transport of its own without HTTP/2 and cookies,
	// so that requests spread over the web servers. Tests may replace it; time is taken from
	// package time (testing/synctest).
	Transport http.RoundTripper
}

// Bypass switches off custom logic for our updates. What it leaves out does not happen at all for
// those contacts: checks, integrations and derived values of the customer. Each needs consent of
// whoever owns that logic.
// https://learn.microsoft.com/power-apps/developer/data-platform/bypass-custom-business-logic
type Bypass struct {
	// SyncLogic and AsyncLogic skip custom synchronous and asynchronous plug-ins and workflows
	// (needs the privilege prvBypassCustomBusinessLogic).
	SyncLogic, AsyncLogic bool
	// StepIDs skips these registered plug-in steps only (at most 3 by default, needs the same
	// privilege).
	StepIDs []string
	// Flows keeps Power Automate flows from being triggered. It needs no privilege and their owners
	// are not told.
	Flows bool
}

// prefixPattern is the rule for publisher prefixes; "mscrm" at its start is refused apart.
var prefixPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,7}$`)

// Validate tells everything that is wrong with the configuration at once, or nil.
func (c Config) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	base, err := resolveEnvironment(c.Environment, c.Region)
	if err != nil {
		problems = append(problems, err)
	}
	if _, err := resolveAuthority(c.Authority, base); err != nil {
		problems = append(problems, err)
	}
	if c.needsTenant() && !tenantPattern.MatchString(c.TenantID) {
		add("DYNAMICS_TENANT_ID is %s: give the directory (tenant) id, a GUID, or its domain name", orMissing(c.TenantID))
	}
	problems = append(problems, c.checkUsers()...)
	if c.Prefix != "" && !validPrefix(c.Prefix) {
		add("DYNAMICS_PREFIX is %q: a Customization Prefix has 2 to 8 letters and digits, starts with a letter and not with mscrm", c.Prefix)
	}
	if c.RequestSize < 0 || c.RequestSize > MaxRequestSize {
		add("DYNAMICS_REQUEST_SIZE is %d: give 1 to %d contacts", c.RequestSize, MaxRequestSize)
	}
	if c.Concurrency < 0 {
		add("DYNAMICS_CONCURRENCY is %d: give 1 or more requests", c.Concurrency)
	}
	if err := c.Pace.Valid(); err != nil {
		problems = append(problems, err)
	}
	if c.RequestTimeout < 0 {
		add("the request time-out is %s: give a positive duration", c.RequestTimeout)
	}
	for _, id := range c.Bypass.StepIDs {
		if _, err := uuid.Parse(id); err != nil {
			add("bypassed plug-in step %q is not a GUID", id)
		}
	}
	return errors.Join(problems...)
}

// withDefaults fills in what was left zero.
func (c Config) withDefaults() Config {
	if c.RequestSize == 0 {
		c.RequestSize = DefaultRequestSize
	}
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = DefaultRequestTimeout
	}
	return c
}

func validPrefix(prefix string) bool {
	return prefixPattern.MatchString(prefix) && !hasPrefixFold(prefix, "mscrm")
}

func orMissing(s string) string {
	if s == "" {
		return "missing"
	}
	return fmt.Sprintf("%q", s)
}

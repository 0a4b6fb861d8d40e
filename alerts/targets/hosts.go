// Package targets tells people of trouble by the services that they use, and knows which hosts may
// be reached for it. The worker links it; others know what it does by activities.Alerts alone.
package targets

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Hosts are the hosts that URLs in activation files may reach: host, host:port or *.domain. None:
// any with public addresses.
type Hosts struct {
	named  []string
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// New takes what ALERT_HOSTS names.
func New(named []string) Hosts {
	h := Hosts{lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
	for _, name := range named {
		if name = hostName(name); name != "" {
			h.named = append(h.named, name)
		}
	}
	return h
}

// hostName is a host as it is compared.
func hostName(host string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
}

// names reports whether ALERT_HOSTS names a host.
func (h Hosts) names(host, port string) bool {
	host = hostName(host)
	return slices.ContainsFunc(h.named, func(name string) bool {
		domain, below := strings.CutPrefix(name, "*.")
		switch {
		case below:
			return strings.HasSuffix(host, "."+domain)
		case name == host, name == "["+host+"]":
			return true
		}
		return port != "" && name == net.JoinHostPort(host, port)
	})
}

// Why a target of an activation file was not told. None of them names its URL.
var (
	errUnnamedHost = errors.New("its host is not among ALERT_HOSTS of the worker")
	errPrivateHost = errors.New("its host has an address that is not public: the worker's ALERT_HOSTS must name it")
	errUnknownHost = errors.New("its host cannot be looked up")
	errOwnLookup   = errors.New("of a service of this kind the worker's ALERT_HOSTS must name the host")
	errRedirected  = errors.New("it answers with a redirect, which is not followed")

	errNoAlertURL = errors.New("it is not a URL that shoutrrr knows")

	alertRefusals = []error{errUnnamedHost, errPrivateHost, errUnknownHost, errOwnLookup, errRedirected, errNoAlertURL}
)

// addresses looks a host up and says whether it may be reached. Of one that is named and behind a
// proxy, that is the proxy's to do.
func (h Hosts) addresses(ctx context.Context, host, port string, proxied bool) ([]netip.Addr, error) {
	named := h.names(host, port)
	switch {
	case len(h.named) > 0 && !named:
		return nil, errUnnamedHost
	case named && proxied:
		return nil, nil
	}
	found, err := h.lookup(ctx, host)
	if err != nil || len(found) == 0 {
		return nil, errUnknownHost
	}
	for i, address := range found {
		found[i] = address.Unmap()
		if !named && !public(found[i]) {
			return nil, errPrivateHost // also where others of its addresses are public: that would be a matter of luck
		}
	}
	return found, nil
}

// special are the blocks of addresses that lie in no public network, beside those that netip knows.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// globalV6 is where public addresses of IPv6 lie.
var globalV6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(list))
	for i, text := range list {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// public reports whether an address belongs to the public internet.
func public(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.Zone() != "" || address.Is6() && !globalV6.Contains(address) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Refusal is why a target was not told, if that was for one of our reasons: it names no URL.
func (Hosts) Refusal(err error) error {
	for _, why := range alertRefusals {
		if errors.Is(err, why) {
			return why
		}
	}
	return nil
}

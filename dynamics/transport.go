package dynamics

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	dialTimeout         = 10 * time.Second // a host that is up answers within a round trip
	tlsTimeout          = 10 * time.Second
	idleTimeout         = 60 * time.Second // shorter than the four minutes after which Azure drops idle connections
	keepAlive           = 30 * time.Second
	maxHeaderBytes      = 1 << 20
	signInConnections   = 2 // the sign-in host is asked once an hour
	readBufferSizeBytes = 64 << 10
)

// newTransport makes the transport of one client. HTTP/2 is off: each request then has a connection
// of its own, so that a load balancer can spread them over the web servers, whose limits count
// apart, and a cut costs one request.
func newTransport(concurrency int) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    tlsTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConns:           concurrency + signInConnections,
		MaxIdleConnsPerHost:    concurrency,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         readBufferSizeBytes,
	}
}

// newHTTPClient follows no redirect, since the token would go along, and keeps no cookies: the
// affinity cookie would bind all requests to one web server and its limits.
// https://learn.microsoft.com/power-apps/developer/data-platform/send-parallel-requests#server-affinity
func newHTTPClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// delivery tells how far a request got that was not answered.
type delivery bool

const (
	undelivered delivery = false // not all of it had left this host
	delivered   delivery = true
)

// networkError tells what kept a request from being answered.
func networkError(op string, err error, how delivery) *Error {
	e := &Error{Op: op, err: err, Code: networkCode(err, how)}
	switch e.Code {
	case codeRefused, codeNetwork, codeTLS:
		e.detail = hostTried(err)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		// A resolver that is ill gives many names for unknown, and the sign-in has refused a wrong
		// name by then. Names below .invalid never resolve (RFC 6761).
		if strings.HasSuffix(strings.TrimSuffix(dns.Name, "."), ".invalid") {
			e.class = Misconfigured
		}
		e.detail = dns.Name
	}
	return e
}

// hostTried is the host, and the port if there is one, that could not be reached, without anything
// else of the address.
func hostTried(err error) string {
	var asked *url.Error
	if !errors.As(err, &asked) {
		return ""
	}
	address, bad := url.Parse(asked.URL)
	if bad != nil {
		return ""
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return address.Host + ": the port answers in plain HTTP"
	}
	if proxy, bad := http.ProxyFromEnvironment(&http.Request{URL: address}); bad == nil && proxy != nil {
		return address.Host + ", by way of the proxy " + proxy.Host
	}
	return address.Host
}

func networkCode(err error, how delivery) string {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.As(err, &dns):
		return codeDNS
	case isTLS(err):
		return codeTLS
	case how == delivered && (errors.Is(err, context.DeadlineExceeded) || errors.As(err, &netErr) && netErr.Timeout()):
		return codeTimeout
	case how == delivered:
		return codeCut
	case errors.Is(err, syscall.ECONNREFUSED):
		return codeRefused
	}
	return codeNetwork
}

func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid) ||
		errors.Is(err, http.ErrSchemeMismatch)
}

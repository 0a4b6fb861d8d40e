package connect

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
)

// probeTime bounds each step of the way to a server.
var probeTime = 3 * time.Second

// probe goes the way to a server step by step and explains the first that fails; nil: none does.
func probe(ctx context.Context, o client.Options) *Failure {
	at := Address(o)
	if strings.HasPrefix(at, "unix:") {
		return nil
	}
	host, f := hostOf(at)
	if f != nil {
		return f
	}
	conn, f := reach(ctx, at, host)
	if f != nil {
		return f
	}
	defer func() { _ = conn.Close() }() // it was only tried
	if err := conn.SetDeadline(time.Now().Add(probeTime)); err != nil {
		return nil
	}
	if config := o.ConnectionOptions.TLS; config != nil && !o.ConnectionOptions.TLSDisabled {
		return withTLS(ctx, conn, at, host, config)
	}
	return withoutTLS(ctx, conn, at)
}

// hostOf takes the host out of an address.
func hostOf(at string) (string, *Failure) {
	plain := strings.TrimPrefix(strings.TrimPrefix(at, "dns:///"), "passthrough:///")
	wrong := func(what, use string) (string, *Failure) {
		return "", &Failure{
			What: fmt.Sprintf("TEMPORAL_ADDRESS %q %s", at, what),
			Fix:  fmt.Sprintf("write host:port, such as %s", use),
		}
	}
	if scheme, rest, ok := strings.Cut(plain, "://"); ok {
		rest, _, _ = strings.Cut(rest, "/")
		if _, _, err := net.SplitHostPort(rest); err != nil {
			rest = net.JoinHostPort(strings.Trim(rest, "[]"), defaultPort)
		}
		return wrong("begins with a scheme ("+scheme+"://)", rest)
	}
	host, port, err := net.SplitHostPort(plain)
	if err != nil {
		return wrong("has no port", net.JoinHostPort(strings.Trim(plain, "[]"), defaultPort))
	}
	if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
		return wrong("has no usable port", net.JoinHostPort(host, defaultPort))
	}
	return host, nil
}

// defaultPort is the one of Temporal's frontend.
const defaultPort = "7233"

// reach opens a connection, through the proxy of the environment where there is one.
func reach(ctx context.Context, at, host string) (net.Conn, *Failure) {
	plain := strings.TrimPrefix(strings.TrimPrefix(at, "dns:///"), "passthrough:///")
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: plain}})
	dialer := net.Dialer{Timeout: probeTime}
	if err == nil && proxy != nil {
		return throughProxy(ctx, dialer, proxy, at, host, plain)
	}
	conn, err := dialer.DialContext(ctx, "tcp", plain)
	if err != nil {
		return nil, unreached(at, host, err)
	}
	return conn, nil
}

// unreached explains an address to which no connection can be made.
func unreached(at, host string, err error) *Failure {
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return &Failure{
			What: fmt.Sprintf("no Temporal server at %s: no host is called %q", at, host),
			Fix:  "set TEMPORAL_ADDRESS, or mend the name service (DNS)",
		}
	case errors.As(err, &name):
		return &Failure{
			What: fmt.Sprintf("no Temporal server at %s: the name service (DNS) does not tell where %q is", at, host),
			Fix:  "mend the name service, or set TEMPORAL_ADDRESS to an IP address",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Failure{
			What: fmt.Sprintf("no Temporal server at %s: the connection is refused, nothing listens there", at),
			Fix:  `start one ("go run ./sandbox") or set TEMPORAL_ADDRESS`,
		}
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return &Failure{
			What: fmt.Sprintf("no Temporal server at %s: nothing answers there", at),
			Fix:  "set TEMPORAL_ADDRESS, or let us through the firewall between",
		}
	}
	return &Failure{
		What: fmt.Sprintf("no Temporal server at %s: %s", at, plain(err)),
		Fix:  "set TEMPORAL_ADDRESS, or mend the network",
	}
}

func isTimeout(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

// throughProxy asks a proxy for a connection, as the client does.
func throughProxy(ctx context.Context, dialer net.Dialer, proxy *url.URL, at, host, to string) (net.Conn, *Failure) {
	fix := "mend HTTPS_PROXY, or let the proxy be passed over with NO_PROXY=" + host
	conn, err := dialer.DialContext(ctx, "tcp", proxy.Host)
	if err != nil {
		return nil, &Failure{
			What: fmt.Sprintf("no way to Temporal at %s: the proxy %s cannot be reached: %s", at, proxy.Host, plain(err)),
			Fix:  fix,
		}
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Host: to}, Host: to, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		basic := http.Request{Header: http.Header{}}
		basic.SetBasicAuth(user.Username(), password)
		ask.Header.Set("Proxy-Authorization", basic.Header.Get("Authorization"))
	}
	status := "it does not answer"
	if err := conn.SetDeadline(time.Now().Add(probeTime)); err == nil && ask.Write(conn) == nil {
		answer, err := http.ReadResponse(bufio.NewReader(conn), ask) //nolint:bodyclose // it is the way to Temporal
		if err == nil && answer.StatusCode == http.StatusOK {
			return conn, nil
		}
		if err == nil {
			status = "it answers " + answer.Status
		}
	}
	_ = conn.Close() // it is of no use
	return nil, &Failure{
		What: fmt.Sprintf("no way to Temporal at %s through the proxy %s: %s", at, proxy.Host, status),
		Fix:  fix,
	}
}

// alerted reports whether the server has ended a TLS handshake with an alert.
func alerted(err error) bool {
	var remote *net.OpError
	return errors.As(err, &remote) && remote.Op == "remote error"
}

// noProtocol stands in the alert of a server that does not speak HTTP/2, over which gRPC goes.
const noProtocol = "no application protocol"

// withTLS explains why a server does not take a TLS connection as it is configured; nil: it does.
func withTLS(ctx context.Context, conn net.Conn, at, host string, config *tls.Config) *Failure {
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	if config.ServerName == "" {
		config.ServerName = host
	}
	secured := tls.Client(conn, config)
	err := secured.HandshakeContext(ctx)
	if err == nil && secured.ConnectionState().NegotiatedProtocol != "h2" {
		return webPage(at)
	}
	if err == nil { // the server's word on our own certificate comes after the handshake
		_, err = secured.Read(make([]byte, 1))
	}
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var other x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return &Failure{
			What: fmt.Sprintf("what answers at %s does not speak TLS, which the environment asks for", at),
			Fix:  "set TEMPORAL_TLS=false (TEMPORAL_API_KEY and each TEMPORAL_TLS_* switch it on), or the address of the TLS port",
		}
	case errors.As(err, &unknown):
		return badCertificate(at, err, "set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the authority that signed it")
	case errors.As(err, &other):
		return badCertificate(at, err, "set TEMPORAL_TLS_SERVER_NAME to the name in it")
	case errors.As(err, &invalid):
		return badCertificate(at, err, "let its owner renew it; is this host's clock right?")
	case alerted(err) && strings.Contains(err.Error(), noProtocol):
		return webPage(at)
	case alerted(err):
		return &Failure{
			What: fmt.Sprintf("Temporal at %s ends the TLS handshake (%s)", at, plain(err)),
			Fix:  "set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH to a certificate that it knows",
		}
	}
	return nil
}

func badCertificate(at string, err error, fix string) *Failure {
	return &Failure{What: fmt.Sprintf("the certificate of Temporal at %s is not trusted (%s)", at, plain(err)), Fix: fix}
}

// withoutTLS explains why a server does not take a plain connection; nil: nothing tells.
func withoutTLS(ctx context.Context, conn net.Conn, at string) *Failure {
	// Nothing is sent over this connection: it is to be known only whether TLS is spoken.
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}).HandshakeContext(ctx)
	var record tls.RecordHeaderError
	switch {
	case err == nil, alerted(err):
		return &Failure{
			What: fmt.Sprintf("Temporal at %s expects TLS", at),
			Fix:  "set TEMPORAL_TLS=true (and TEMPORAL_TLS_SERVER_CA_CERT_PATH where its authority is one of your own)",
		}
	case errors.As(err, &record) && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP"):
		return webPage(at)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, os.ErrDeadlineExceeded):
		return &Failure{
			What: fmt.Sprintf("what listens at %s does not answer as Temporal does", at),
			Fix:  "is it still starting? If not, set TEMPORAL_ADDRESS to Temporal's frontend",
		}
	}
	return nil
}

package connect_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"audienceflow/connect"
)

// frontend is a Temporal whose answers are err, or good ones.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	system, namespace func() error
}

func (f frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, answer(f.system)
}

func (f frontend) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{}, answer(f.namespace)
}

func answer(say func() error) error {
	if say == nil {
		return nil
	}
	return say()
}

func code(c codes.Code) func() error {
	return func() error { return status.Error(c, c.String()) }
}

// serveGRPC serves Temporal, or nothing, until the test ends.
func serveGRPC(t *testing.T, f *frontend, config *tls.Config) string {
	t.Helper()
	var options []grpc.ServerOption
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	server := grpc.NewServer(options...)
	if f != nil {
		workflowservice.RegisterWorkflowServiceServer(server, f)
	}
	at := listen(t)
	go func() { _ = server.Serve(at) }() // it ends with the test
	t.Cleanup(server.Stop)
	return at.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = at.Close() }) // a server may have closed it
	return at
}

// serveTCP gives every connection to do.
func serveTCP(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	at := listen(t)
	go func() {
		for {
			conn, err := at.Accept()
			if err != nil {
				return
			}
			go do(conn)
		}
	}()
	return at.Addr().String()
}

// web is a server of pages, and the certificate that it has with TLS.
func web(t *testing.T, secured, http2 bool) (string, *x509.CertPool) {
	t.Helper()
	page := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>sign in</html>")
	}))
	t.Cleanup(page.Close)
	if !secured {
		page.Start()
		return page.Listener.Addr().String(), nil
	}
	page.EnableHTTP2 = http2
	page.StartTLS()
	trusted := x509.NewCertPool()
	trusted.AddCert(page.Certificate())
	return page.Listener.Addr().String(), trusted
}

// certificate is a server's, with the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	lender := httptest.NewUnstartedServer(nil)
	lender.StartTLS()
	defer lender.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(lender.Certificate())
	return &tls.Config{Certificates: lender.TLS.Certificates}, trusted
}

func TestEachCauseIsNamed(t *testing.T) {
	config, trusted := certificate(t)
	mutual := config.Clone()
	mutual.ClientAuth = tls.RequireAnyClientCert
	closed := listen(t)
	require.NoError(t, closed.Close())
	page, _ := web(t, false, false)
	securePage, pageTrusted := web(t, true, true)
	oldPage, oldTrusted := web(t, true, false)
	plain, secured := serveGRPC(t, &frontend{}, nil), serveGRPC(t, &frontend{}, config)
	tlsOf := func(pool *x509.CertPool, name string) *tls.Config {
		return &tls.Config{RootCAs: pool, ServerName: name}
	}
	for name, c := range map[string]struct {
		address string
		tls     *tls.Config
		says    []string
	}{
		"no port":          {"127.0.0.1", nil, []string{"has no port", "127.0.0.1:7233"}},
		"no port of IPv6":  {"::1", nil, []string{"has no port", "[::1]:7233"}},
		"a scheme":         {"http://" + plain, nil, []string{"begins with a scheme (http://)", "such as " + plain}},
		"a scheme alone":   {"https://temporal.invalid", nil, []string{"begins with a scheme", "such as temporal.invalid:7233"}},
		"a port by name":   {"127.0.0.1:temporal", nil, []string{"no usable port"}},
		"refused":          {closed.Addr().String(), nil, []string{"refused", "TEMPORAL_ADDRESS"}},
		"DNS":              {"temporal.invalid:7233", nil, []string{"temporal.invalid", "DNS"}},
		"TLS expected":     {secured, nil, []string{"expects TLS", "TEMPORAL_TLS=true"}},
		"mutual, expected": {serveGRPC(t, &frontend{}, mutual), nil, []string{"expects TLS"}},
		"mutual, refused": {serveGRPC(t, &frontend{}, mutual), tlsOf(trusted, "example.com"),
			[]string{"TEMPORAL_TLS_CLIENT_CERT_PATH"}},
		"TLS refused":                    {plain, &tls.Config{}, []string{"does not speak TLS", "TEMPORAL_TLS=false"}},
		"another authority":              {secured, &tls.Config{}, []string{"not trusted", "TEMPORAL_TLS_SERVER_CA_CERT_PATH"}},
		"another name":                   {secured, tlsOf(trusted, "temporal.invalid"), []string{"TEMPORAL_TLS_SERVER_NAME"}},
		"a web page":                     {page, nil, []string{"a web server", "7233"}},
		"a secure web page":              {securePage, tlsOf(pageTrusted, ""), []string{"a web server"}},
		"an old web page":                {oldPage, tlsOf(oldTrusted, ""), []string{"a web server"}},
		"a page with TLS, asked without": {securePage, nil, []string{"expects TLS"}},
		"a listener that closes": {serveTCP(t, func(c net.Conn) { _ = c.Close() }), nil,
			[]string{"does not answer as Temporal does"}},
		"another gRPC server": {serveGRPC(t, nil, nil), nil, []string{"gRPC but is not Temporal"}},
		"not authenticated": {serveGRPC(t, &frontend{system: code(codes.Unauthenticated)}, nil), nil,
			[]string{"does not let us in", "TEMPORAL_API_KEY"}},
		"not allowed": {serveGRPC(t, &frontend{namespace: code(codes.PermissionDenied)}, nil), nil,
			[]string{"does not let us in", `"emea"`}},
		"no namespace": {serveGRPC(t, &frontend{namespace: func() error {
			return serviceerror.ToStatus(serviceerror.NewNamespaceNotFound("emea")).Err()
		}}, nil), nil, []string{`no namespace "emea"`, "TEMPORAL_NAMESPACE"}},
		"still starting": {serveGRPC(t, &frontend{namespace: code(codes.ResourceExhausted)}, nil), nil,
			[]string{"does not answer: ResourceExhausted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, c.address, c.tls, time.Second, c.says...)
		})
	}
}

func TestAListenerThatIsSilentIsNotWaitedForForEver(t *testing.T) {
	const moment = 100 * time.Millisecond
	connect.Hasten(t, moment, moment)
	silent := serveTCP(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	fails(t, silent, nil, moment, "does not answer as Temporal does")
}

// fails tries to connect, and wants to be told why that cannot be.
func fails(t *testing.T, address string, config *tls.Config, patience time.Duration, says ...string) {
	t.Helper()
	o := client.Options{HostPort: address, Namespace: "emea"}
	o.ConnectionOptions.TLS = config
	o.ConnectionOptions.GetSystemInfoTimeout = patience
	_, err := connect.To(t.Context(), o)
	var failure *connect.Failure
	require.ErrorAs(t, err, &failure)
	require.NotEmpty(t, failure.Fix)
	for _, want := range says {
		require.ErrorContains(t, err, want)
	}
	require.Equal(t, 1, strings.Count(err.Error()+"\n", "\n"), "one line")
}

func TestItConnectsOnceTheCauseIsGoneAndTellsItOnce(t *testing.T) {
	connect.Hasten(t, time.Millisecond, time.Second)
	asked := make(chan struct{}, 100)
	there := make(chan struct{})
	address := serveGRPC(t, &frontend{namespace: func() error {
		asked <- struct{}{}
		select {
		case <-there:
			return nil
		default:
			return serviceerror.ToStatus(serviceerror.NewNamespaceNotFound("emea")).Err()
		}
	}}, nil)
	var told []string
	go func() {
		<-asked
		<-asked // it has tried again
		close(there)
	}()
	c, err := connect.Patiently(t.Context(), client.Options{HostPort: address, Namespace: "emea"},
		func(f *connect.Failure) { told = append(told, f.What) })
	require.NoError(t, err)
	c.Close()
	require.Len(t, told, 1)
	require.Contains(t, told[0], `no namespace "emea"`)
}

func TestWhoeverIsToldToStopWaitsNoLonger(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	_, err := connect.Patiently(ctx, client.Options{HostPort: "127.0.0.1"}, func(*connect.Failure) { stop() })
	require.ErrorIs(t, err, context.Canceled)
}

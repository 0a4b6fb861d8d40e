package host

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"audienceflow/activities"
	"audienceflow/alerts/targets"
	"audienceflow/audience"
	"audienceflow/connect"
	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store"
)

// The environment of Go's network is read once in a process, so what is behind a proxy is tried by
// a child: this test binary, told so by childVariable.
const childVariable = "AUDIENCEFLOW_TEST_BEHIND_PROXY"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childVariable); folder != "" {
		if err := json.NewEncoder(os.Stdout).Encode(tryEverything(folder)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tried is what a process behind a proxy could do.
type tried struct {
	Check    []activities.CheckStep
	SignIn   string // why it cannot be reached
	Temporal string
	Alert    string
}

const (
	crmHost, loginHost, temporalHost, hookHost = "org.crm.example", "login.example", "temporal.example:7233", "hooks.example"
	testTenant                                 = "11111111-1111-1111-1111-111111111111"
)

// tryEverything goes to Dynamics, its sign-in, an alert target and Temporal.
func tryEverything(folder string) (t tried) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	note := func(err error) string {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	remote, err := dynamics.New(dynamics.Config{
		Environment: "https://" + crmHost, Authority: "https://" + loginHost, TenantID: testTenant, ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil },
	})
	if err != nil {
		return tried{Temporal: note(err)}
	}
	kept, err := store.Open(context.Background(), "sqlite:"+filepath.Join(folder, "store.db"))
	if err != nil {
		return tried{Temporal: note(err)}
	}
	defer func() { _ = kept.Close() }() // the process ends
	o := activities.Options{
		Destination: activities.Destination{Name: "dynamics", Prefix: "acme", Client: remote}, Store: kept, SourceRoots: []string{folder},
		Alerts: targets.New([]string{hookHost}), CertFile: os.Getenv("SSL_CERT_FILE"),
	}
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(log.NewStructuredLogger(slog.Default()))
	environment := suite.NewTestActivityEnvironment()
	activities.Register(environment, o)
	a := activities.Activation{
		Destination: "dynamics", Audience: "vip", Namespace: "ups", MappingID: "vipstatus",
		Source: audience.Source{URL: filepath.Join(folder, "vip.ndjson"), Format: "aep-json", ContactID: "contactId"},
		Alerts: []activities.Alert{{To: "generic+https://" + hookHost + "/hook"}},
	}
	if t.SignIn = note(remote.SignIn(context.Background())); t.SignIn == "" { // else the check would wait for it
		value, err := environment.ExecuteActivity("Check", activities.CheckInput{Activation: a})
		if err != nil {
			return tried{Temporal: note(err)}
		}
		var check activities.CheckResult
		if err := value.Get(&check); err != nil {
			return tried{Temporal: note(err)}
		}
		t.Check = check.Steps
	}
	_, err = environment.ExecuteActivity("SendAlert", activities.SendAlertInput{
		Targets: a.Alerts, Report: runs.Report{Run: "r", Destination: "dynamics", Audience: "vip", Status: runs.StatusFailed},
	})
	t.Alert = note(err)
	options := client.Options{HostPort: temporalHost, Logger: log.NewStructuredLogger(slog.Default())}
	options.ConnectionOptions.TLS = &tls.Config{}
	options.ConnectionOptions.GetSystemInfoTimeout = 2 * time.Second
	c, err := connect.To(context.Background(), options)
	if err == nil {
		c.Close()
	}
	t.Temporal = note(err)
	return t
}

// authority makes a certificate for all hosts of the test and writes the authority's own to a file.
func authority(t *testing.T, file string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Own CA"}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		DNSNames: []string{crmHost, loginHost, "temporal.example", hookHost},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// proxy is one that knows the hosts of the test, and remembers who was asked for.
type proxy struct {
	mu    sync.Mutex
	asked map[string]bool
	ways  map[string]string // to listeners on loopback
	code  int
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.Host] = true
	p.mu.Unlock()
	to, known := p.ways[r.Host]
	if p.code != http.StatusOK || !known || r.Method != http.MethodConnect {
		w.WriteHeader(p.code)
		return
	}
	far, err := net.Dial("tcp", to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(far, bufio.NewReader(buffered)); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
}

func (frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (frontend) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

// behindProxy runs tryEverything where only a proxy knows the way, and the certificates are of an
// authority of one's own.
func behindProxy(t *testing.T, code int) (tried, *proxy, int) {
	t.Helper()
	folder := t.TempDir()
	own := authority(t, filepath.Join(folder, "ca.pem"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "vip.ndjson"), []byte(`{"identityMap":{}}`+"\n"), 0o600))
	running, err := simulator.Start(simulator.Options{Contacts: 10, Prefix: "acme", Columns: []string{"acme_vipstatus:string:100"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	there, err := url.Parse(running.URL)
	require.NoError(t, err)
	secured := func(handler http.Handler) string {
		server := httptest.NewUnstartedServer(handler)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{own}}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	told := 0
	hook := secured(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told++ }))
	crm := secured(httputil.NewSingleHostReverseProxy(there))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	temporal := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{own}})))
	workflowservice.RegisterWorkflowServiceServer(temporal, frontend{})
	go func() { _ = temporal.Serve(listener) }() // it ends with the test
	t.Cleanup(temporal.Stop)

	p := &proxy{asked: map[string]bool{}, code: code, ways: map[string]string{
		crmHost + ":443": crm, loginHost + ":443": crm, hookHost + ":443": hook, temporalHost: listener.Addr().String(),
	}}
	front := httptest.NewServer(p)
	t.Cleanup(front.Close)
	certFile := filepath.Join(folder, "ca.pem")
	child := exec.Command(os.Args[0])
	child.Env = []string{childVariable + "=" + folder, "HTTPS_PROXY=" + front.URL, "SSL_CERT_FILE=" + certFile, "PATH=" + os.Getenv("PATH"), "HOME=" + folder}
	child.Stderr = os.Stderr
	out, err := child.Output()
	require.NoError(t, err)
	var result tried
	require.NoError(t, json.Unmarshal(out, &result), string(out))
	return result, p, told
}

func TestEverythingGoesThroughAProxyWithAnAuthorityOfOnesOwn(t *testing.T) {
	result, p, told := behindProxy(t, http.StatusOK)
	require.Empty(t, result.Temporal)
	require.Empty(t, result.Alert)
	require.Equal(t, 1, told)
	for _, step := range result.Check {
		require.True(t, step.OK, step)
	}
	require.Equal(t, "network", result.Check[0].Name)
	require.Contains(t, result.Check[0].Detail, crmHost+" through the proxy 127.0.0.1:")
	require.Contains(t, result.Check[0].Detail, loginHost+" through the proxy 127.0.0.1:")
	require.Contains(t, result.Check[0].Detail, "1 of SSL_CERT_FILE")
	for host := range p.ways {
		require.True(t, p.asked[host], host)
	}
}

func TestAProxyThatRefusesIsNamed(t *testing.T) {
	result, _, told := behindProxy(t, http.StatusForbidden)
	require.Zero(t, told)
	require.Contains(t, result.Temporal, "through the proxy 127.0.0.1:")
	require.Contains(t, result.Temporal, "403")
	require.Contains(t, result.Temporal, "NO_PROXY=temporal.example")
	require.Contains(t, result.SignIn, loginHost+", by way of the proxy 127.0.0.1:")
	require.Contains(t, result.Alert, "target 1")
}

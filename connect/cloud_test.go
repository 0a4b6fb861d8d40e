package connect_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"audienceflow/connect"
)

// TestTheEnvironmentOfTemporalCloudSignsIn with an API key alone, or with a client certificate
// alone, as docs/temporal-cloud.md has it. What is missing or wrong is refused.
func TestTheEnvironmentOfTemporalCloudSignsIn(t *testing.T) {
	config, _ := certificate(t)
	cert, key := inPEM(t, config.Certificates[0])
	mutual := config.Clone()
	mutual.ClientAuth = tls.RequireAnyClientCert
	withKey, withCertificate := serveCloud(t, config, "Bearer secret"), serveCloud(t, mutual, "")
	for name, c := range map[string]struct {
		address     string
		environment map[string]string
		in          bool
	}{
		"an API key":            {withKey, map[string]string{"TEMPORAL_API_KEY": "secret"}, true},
		"another API key":       {withKey, map[string]string{"TEMPORAL_API_KEY": "other"}, false},
		"a certificate":         {withCertificate, map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": cert, "TEMPORAL_TLS_CLIENT_KEY_PATH": key}, true},
		"neither of them":       {withCertificate, map[string]string{"TEMPORAL_TLS": "true"}, false},
		"no TLS, and so no key": {withKey, map[string]string{"TEMPORAL_API_KEY": "secret", "TEMPORAL_TLS": "false"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
			t.Setenv("TEMPORAL_ADDRESS", c.address)
			t.Setenv("TEMPORAL_NAMESPACE", "audiences.a1b2c")
			t.Setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", cert)
			for name, value := range c.environment {
				t.Setenv(name, value)
			}
			options, err := temporalenv.LoadClientOptions(temporalenv.LoadClientOptionsRequest{})
			require.NoError(t, err)
			temporal, err := connect.To(t.Context(), options)
			require.Equal(t, c.in, err == nil, err)
			if err == nil {
				temporal.Close()
			}
		})
	}
}

// serveCloud serves a Temporal with TLS which lets in who shows what it wants to see.
func serveCloud(t *testing.T, config *tls.Config, authorization string) string {
	t.Helper()
	check := func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, answer grpc.UnaryHandler) (any, error) {
		shown, _ := metadata.FromIncomingContext(ctx)
		if strings.Join(shown.Get("authorization"), "") != authorization {
			return nil, status.Error(codes.Unauthenticated, "no")
		}
		return answer(ctx, in)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)), grpc.UnaryInterceptor(check))
	workflowservice.RegisterWorkflowServiceServer(server, frontend{})
	at := listen(t)
	go func() { _ = server.Serve(at) }() // it ends with the test
	t.Cleanup(server.Stop)
	return at.Addr().String()
}

// inPEM writes a certificate and its key to files.
func inPEM(t *testing.T, c tls.Certificate) (cert, key string) {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	require.NoError(t, err)
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private},
	} {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	}
	return cert, key
}

package sqldb

import (
	"crypto/tls"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

func TestAPasswordThatBreaksTheURLIsNotShown(t *testing.T) {
	for _, dsn := range []string{
		"postgres://af:geh/eim@127.0.0.1:1/db", "postgres://af:g@h/eim@127.0.0.1:1/db", "postgres://af:geh?eim@127.0.0.1:1/db",
		"postgres://af:12?eim@127.0.0.1:1/db", "postgres://af:geh#eim@127.0.0.1:1/db", "postgres://af:12#eim@127.0.0.1:1/db",
		"postgres://af:geh%eim@127.0.0.1:1/db", "postgres://af:geh eim@127.0.0.1:1/db", "postgres://af:geh[eim@127.0.0.1:1/db",
		"postgres://12/eim@127.0.0.1:1/db",
	} {
		_, err := Open(t.Context(), dsn, schema, Options{})
		require.ErrorIs(t, err, errPostgresURL, dsn)
		require.NotContains(t, err.Error(), "eim", dsn)
		require.False(t, passing(err), "nobody waits for another password: %s", dsn)
	}
}

func TestURLsThatAreRightAreTaken(t *testing.T) {
	for _, dsn := range []string{
		"postgres://af:g%2Fh%3F%23%25%40@127.0.0.1:1/db", "postgres://127.0.0.1/db?user=a@b", "postgres://af@127.0.0.1/db?application_name=a@b",
		"postgres://af:a@b@127.0.0.1:1/db", "postgres://af:x@127.0.0.1:1,127.0.0.2:1/db", "postgres:///db?host=/run/postgresql",
	} {
		_, err := postgresConfig(dsn, nil)
		require.NoError(t, err, dsn)
	}
}

func TestAParameterThatIsWrongIsNamedWithoutTheURL(t *testing.T) {
	_, err := postgresConfig("postgres://af:geheim@127.0.0.1/db?sslmode=bogus", nil)
	require.EqualError(t, err, "STORE_URL cannot be used: sslmode is invalid")
}

// TestWhatIsWrongWithTLSIsSaid has servers that answer PostgreSQL's request for TLS, and go no
// further.
func TestWhatIsWrongWithTLSIsSaid(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	require.NoError(t, os.WriteFile(authority, text, 0o600))
	for _, c := range []struct{ name, host, query, says string }{
		{"strange authority", "127.0.0.1", "sslmode=verify-full", "is not trusted: name the PEM file of its authority as sslrootcert=FILE"},
		{"another host", "localhost", "sslmode=verify-full&sslrootcert=" + authority, "is for another host"},
		{"no TLS", "127.0.0.1", "sslmode=require", "does not speak TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := answerTLS(t, web.TLS, c.name != "no TLS")
			_, err := Open(t.Context(), "postgres://af:x@"+net.JoinHostPort(c.host, port)+"/db?"+c.query, schema, Options{})
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "is it running")
		})
	}
}

// answerTLS listens on 127.0.0.1 and gives its port.
func answerTLS(t *testing.T, config *tls.Config, speaks bool) (port string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerOne(conn, config, speaks)
		}
	}()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

func answerOne(conn net.Conn, config *tls.Config, speaks bool) {
	defer func() { _ = conn.Close() }()
	if _, err := pgproto3.NewBackend(conn, conn).ReceiveStartupMessage(); err != nil {
		return
	}
	if !speaks {
		_, _ = conn.Write([]byte("N"))
		return
	}
	_, _ = conn.Write([]byte("S"))
	_ = tls.Server(conn, config).Handshake()
}

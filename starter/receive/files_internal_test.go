package receive

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func hashed(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

func TestTokensOfAFileHaveNamesAndAreReadAnew(t *testing.T) {
	log := logged(t)
	file := filepath.Join(t.TempDir(), "tokens")
	write(t, file, "# senders\n\nadobe: "+hashed("a")+"\r\n  test sender :sha256:"+strings.ToUpper(hashed("b"))+"\n")
	s, err := New(t.Context(), Options{Inbox: &steps{}, Activations: t.TempDir(), Tokens: []string{"plain"}, TokensFile: file})
	require.NoError(t, err)
	s.tokens.named.every = 0
	who := func(token string) string { name, _ := s.tokens.sender(token); return name }
	require.Equal(t, []string{"adobe", "test sender", plainSender, ""}, []string{who("a"), who("b"), who("plain"), who(hashed("a"))})

	for _, broken := range []string{"", "# none\n", "adobe: a-token-in-clear\n", "adobe: " + hashed("a")[1:] + "\n", ": " + hashed("a") + "\n"} {
		write(t, file, broken)
		require.Equal(t, "adobe", who("a"), "what was before stays in force")
	}
	require.NoError(t, os.Remove(file))
	require.Equal(t, "adobe", who("a"))
	require.NotContains(t, log.String(), "token-in-clear")
	write(t, file, "adobe: "+hashed("c")+"\n")
	require.Equal(t, []string{"", "adobe"}, []string{who("a"), who("c")})
	code, _ := signIn(s, "192.0.2.1:1", "a")
	require.Equal(t, http.StatusUnauthorized, code)
}

func TestAFileWithoutTokensLetsNobodyStart(t *testing.T) {
	for _, text := range []string{"", "name\n", "name: 1234\n"} {
		file := filepath.Join(t.TempDir(), "tokens")
		write(t, file, text)
		_, err := New(t.Context(), Options{Inbox: &steps{}, Activations: t.TempDir(), TokensFile: file})
		require.ErrorContains(t, err, file)
		require.NotContains(t, err.Error(), "1234")
	}
}

// makeCertificate writes a certificate of a name, and its key.
func makeCertificate(t *testing.T, name, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

func TestACertificateIsReadAnew(t *testing.T) {
	logged(t)
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	_, err := Certificate(certFile, keyFile)
	require.ErrorContains(t, err, "tls.crt")
	makeCertificate(t, "first.example", certFile, keyFile)
	kept, err := newFresh("", func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		return &pair, err
	}, certFile, keyFile)
	require.NoError(t, err)
	kept.every = 0
	name := func() string { return kept.get().Leaf.Subject.CommonName }
	require.Equal(t, "first.example", name())
	makeCertificate(t, "second.example", certFile, filepath.Join(folder, "second.key"))
	require.Equal(t, "first.example", name(), "the key does not fit yet")
	require.NoError(t, os.Rename(filepath.Join(folder, "second.key"), keyFile))
	require.Equal(t, "second.example", name())
}

func TestItSpeaksTLSWithTheCertificateOfItsFiles(t *testing.T) {
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	makeCertificate(t, "front.example", certFile, keyFile)
	s, err := New(t.Context(), Options{Inbox: &steps{}, Activations: t.TempDir(), Tokens: []string{"right"}})
	require.NoError(t, err)
	front := s.HTTP()
	front.TLSConfig, err = Certificate(certFile, keyFile)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = front.ServeTLS(listener, "", "") }() // it ends with the test
	t.Cleanup(func() { _ = front.Close() })
	trusted := x509.NewCertPool()
	text, err := os.ReadFile(certFile)
	require.NoError(t, err)
	require.True(t, trusted.AppendCertsFromPEM(text))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "front.example"}, ForceAttemptHTTP2: true}}
	answer, err := client.Get("https://" + listener.Addr().String() + "/healthz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "HTTP/2.0", answer.Proto)
	_, err = tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: trusted, ServerName: "front.example", MaxVersion: tls.VersionTLS11})
	require.Error(t, err)
}

package dynamics

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func selfSigned(t *testing.T, key crypto.Signer) (bundle, der []byte) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
	require.NoError(t, pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return b.Bytes(), der
}

func decodePart(t *testing.T, part string) map[string]any {
	data, err := base64.RawURLEncoding.DecodeString(part)
	require.NoError(t, err)
	var v map[string]any
	require.NoError(t, json.Unmarshal(data, &v))
	return v
}

func TestClientAssertion(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	bundle, der := selfSigned(t, key)
	now := time.Unix(1700000000, 0)
	assertion, err := clientAssertion(bundle, "client", "https://login.example/t/oauth2/v2.0/token", now)
	require.NoError(t, err)
	parts := strings.Split(assertion, ".")
	require.Len(t, parts, 3)
	header, claims := decodePart(t, parts[0]), decodePart(t, parts[1])
	sum := sha256.Sum256(der)
	require.Equal(t, map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}, header)
	require.Equal(t, "https://login.example/t/oauth2/v2.0/token", claims["aud"])
	require.Equal(t, "client", claims["iss"])
	require.Equal(t, "client", claims["sub"])
	require.InDelta(t, 600, claims["exp"].(float64)-claims["nbf"].(float64), 0)
	require.Len(t, claims["jti"], 36)
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	require.NoError(t, rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, nil))
}

func TestCertificatesThatCannotSign(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	bundle, _ := selfSigned(t, key)
	_, err = clientAssertion(bundle, "client", "aud", time.Now())
	require.ErrorContains(t, err, "not RSA")
	_, err = clientAssertion([]byte("secret stuff"), "client", "aud", time.Now())
	require.ErrorContains(t, err, "PEM")
	require.NotContains(t, err.Error(), "stuff")
}

package simulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func certificate(t *testing.T) (*rsa.PrivateKey, []byte, string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	thumbprint := sha256.Sum256(der)
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), base64.RawURLEncoding.EncodeToString(thumbprint[:])
}

func assertion(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	part := func(v map[string]any) string {
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(encoded)
	}
	signed := part(header) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	require.NoError(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestCertificateSignIn(t *testing.T) {
	key, certificatePEM, thumbprint := certificate(t)
	e := start(t, simulator.Options{Certificate: certificatePEM})
	send := func(e *environment, change func(header, claims map[string]any)) answer {
		header := map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}
		claims := map[string]any{
			"aud": e.url + "/" + tenant + "/oauth2/v2.0/token", "iss": "client", "sub": "client", "jti": "1",
			"nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}
		change(header, claims)
		return e.post("/"+tenant+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"client"}, "scope": {e.url + "/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion(t, key, header, claims)},
		})
	}
	unchanged := func(_, _ map[string]any) {}
	a := send(e, unchanged)
	require.Equal(t, http.StatusOK, a.status, a.body)
	e.token = a.json(t)["access_token"].(string)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)

	for code, change := range map[string]func(header, claims map[string]any){
		"AADSTS700024": func(_, claims map[string]any) { claims["exp"] = time.Now().Add(-time.Second).Unix() },
		"AADSTS700021": func(_, claims map[string]any) { claims["iss"] = "other" },
		"AADSTS700023": func(_, claims map[string]any) { claims["aud"] = "https://elsewhere/" },
		"AADSTS700027": func(header, _ map[string]any) { header["x5t#S256"] = "other" },
	} {
		a := send(e, change)
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Equal(t, "invalid_client", a.json(t)["error"])
		require.Contains(t, a.json(t)["error_description"], code)
	}
	require.Equal(t, http.StatusUnauthorized, send(start(t, simulator.Options{}), unchanged).status, "without a registered certificate")
}

package dynamics

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// assertionLife is within the five to ten minutes that Entra recommends.
const assertionLife = 10 * time.Minute

// clientAssertion makes the signed statement that stands in for a client secret.
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
func clientAssertion(pem []byte, clientID, audience string, now time.Time) (string, error) {
	pair, err := tls.X509KeyPair(pem, pem)
	if err != nil {
		return "", errors.New("the certificate is not a PEM with certificate and private key")
	}
	key, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok {
		return "", errors.New("the certificate's key is not RSA, which Entra asks for")
	}
	thumbprint := sha256.Sum256(pair.Certificate[0])
	header := map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(thumbprint[:])}
	claims := map[string]any{
		"aud": audience, "iss": clientID, "sub": clientID, "jti": uuid.NewString(),
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	}
	signed, err := encodeParts(header, claims)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return "", fmt.Errorf("signing with the certificate's key: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func encodeParts(parts ...map[string]any) (string, error) {
	text := ""
	for i, part := range parts {
		data, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if i > 0 {
			text += "."
		}
		text += base64.RawURLEncoding.EncodeToString(data)
	}
	return text, nil
}

package simulator

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// assertionClaims is what a client assertion says
// (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
type assertionClaims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	ID        string `json:"jti"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
}

type assertionHeader struct {
	Algorithm  string `json:"alg"`
	Type       string `json:"typ"`
	Thumbprint string `json:"x5t#S256"`
}

func badAssertion(number int, text string) *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_client", number, text}
}

// checkAssertion verifies a PS256 or RS256 assertion against the certificate of the options.
func (s *Server) checkAssertion(assertion, tenant string, app application) *oauthError {
	header, body, err := s.verify(assertion)
	if err != nil {
		return badAssertion(700027, "Client assertion failed signature validation. "+err.Error())
	}
	now := s.now().Unix()
	switch {
	case body.Issuer != body.Subject || !strings.EqualFold(body.Issuer, app.id):
		return badAssertion(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case !strings.Contains(body.Audience, tenant):
		return badAssertion(700023, fmt.Sprintf("Client assertion audience claim does not match Realm issuer. Audience: '%s'.", body.Audience))
	case now >= body.Expires || now < body.NotBefore:
		return badAssertion(700024, "Client assertion is not within its valid time range.")
	case header.Type != "" && header.Type != "JWT":
		return badAssertion(50027, "JWT token is invalid or malformed.")
	}
	return nil
}

func (s *Server) verify(assertion string) (h assertionHeader, c assertionClaims, err error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return h, c, errors.New("it is no JWT")
	}
	certificate, err := s.certificate()
	if err != nil {
		return h, c, err
	}
	if err := decodePart(parts[0], &h); err != nil {
		return h, c, err
	}
	if err := decodePart(parts[1], &c); err != nil {
		return h, c, err
	}
	thumbprint := sha256.Sum256(certificate.Raw)
	if h.Thumbprint != "" && h.Thumbprint != encode(thumbprint[:]) {
		return h, c, errors.New("the key was not found: the thumbprint is another certificate's")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return h, c, errors.New("the signature is no base64url")
	}
	return h, c, verifySignature(certificate, h.Algorithm, parts[0]+"."+parts[1], signature)
}

func (s *Server) certificate() (*x509.Certificate, error) {
	block, _ := pem.Decode(s.options.Certificate)
	if block == nil {
		return nil, errors.New("the application has no certificate registered")
	}
	return x509.ParseCertificate(block.Bytes)
}

func decodePart(part string, into any) error {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || json.Unmarshal(decoded, into) != nil {
		return errors.New("it is malformed")
	}
	return nil
}

func verifySignature(certificate *x509.Certificate, algorithm, signed string, signature []byte) error {
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errors.New("the certificate holds no RSA key")
	}
	digest := sha256.Sum256([]byte(signed))
	switch algorithm {
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil)
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
	default:
		return errors.New("the algorithm is neither PS256 nor RS256")
	}
}

package dynamics

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2/clientcredentials"
)

// ManagedIdentity gets tokens where nothing that signs in is kept: the host has an identity, and an
// endpoint that gives tokens for it.
type ManagedIdentity interface {
	// Token asks for a token for the scope, anew each time. What the endpoint refused, and that
	// there is none, is an *IdentityError.
	Token(ctx context.Context, scope string) (token string, life time.Duration, err error)
	// String names the identity and where it is asked for, for people.
	String() string
}

// assertionError is a credential that cannot be used, and the code that says which.
type assertionError struct {
	code string
	err  error
}

func (e *assertionError) Error() string { return e.err.Error() }
func (e *assertionError) Unwrap() error { return e.err }

// credential names, for people, how the user shows who it is.
func (u User) credential() string {
	switch {
	case u.ManagedIdentity != nil:
		return u.ManagedIdentity.String()
	case u.FederatedToken != nil:
		return "workload identity " + u.ClientID
	case u.Certificate != nil:
		return "certificate"
	}
	return "client secret"
}

// hasCredential is true if the user can show who it is.
func (u User) hasCredential() bool {
	return u.Secret != nil || u.Certificate != nil || u.FederatedToken != nil || u.ManagedIdentity != nil
}

// addCredential puts in what shows who the user is, as it is now.
func (c *Client) addCredential(cfg *clientcredentials.Config, u User) error {
	if u.FederatedToken == nil && u.Certificate == nil {
		secret, err := u.Secret()
		if err != nil {
			return err
		}
		if secret = strings.TrimSpace(secret); secret == "" {
			return errors.New("the secret is empty")
		}
		cfg.ClientSecret = secret
		return nil
	}
	assertion, err := c.assertion(u)
	if err != nil {
		return err
	}
	cfg.EndpointParams = url.Values{"client_assertion_type": {assertionURN}, "client_assertion": {assertion}}
	return nil
}

// assertion is the statement that stands in for a secret: another identity provider's, or our own
// with the certificate.
func (c *Client) assertion(u User) (string, error) {
	if u.FederatedToken != nil {
		token, err := federatedAssertion(u, time.Now())
		if err != nil {
			return "", &assertionError{codeFederated, err}
		}
		return token, nil
	}
	pem, err := u.Certificate()
	if err != nil {
		return "", err
	}
	return clientAssertion(pem, u.ClientID, c.tokenURL(), time.Now())
}

// federatedAssertion is the token that another identity provider has made for this workload. One
// that has ended is not worth asking with: Entra's answer would speak of assertions in general.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
func federatedAssertion(u User, now time.Time) (string, error) {
	token, err := u.FederatedToken()
	if err != nil {
		return "", err
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", errors.New("it is empty")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("it is no JWT, of three parts with dots between")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || !gjson.ValidBytes(claims) {
		return "", errors.New("it is no JWT, of three parts with dots between")
	}
	if end := gjson.GetBytes(claims, "exp"); end.Exists() && !time.Unix(end.Int(), 0).After(now) {
		return "", fmt.Errorf("it ended at %s, and now it is %s",
			time.Unix(end.Int(), 0).UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return token, nil
}

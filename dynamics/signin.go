package dynamics

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// renewMargin is how long before its end a token is renewed; a shorter-lived one at half its life.
	renewMargin = 5 * time.Minute
	// signInTimeout bounds one request to the token endpoint.
	signInTimeout = 30 * time.Second
	// renewPause keeps a failing renewal from delaying every request while the old token still holds.
	renewPause   = 15 * time.Second
	opSignIn     = "sign in"
	assertionURN = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// tokens keeps the one token of a client, in memory only.
type tokens struct {
	client  *Client
	busy    chan struct{} // held while one caller looks at or renews the token
	current string
	renewAt time.Time
	endsAt  time.Time
}

func newTokens(c *Client) *tokens { return &tokens{client: c, busy: make(chan struct{}, 1)} }

// SignIn gets a token, or renews it if it is about to end; an *Error says why it cannot. It may be called again.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.tokens.get(ctx)
	return err
}

// get gives a token that is good for a while, signing in if need be. Callers that come meanwhile wait for it.
func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case t.busy <- struct{}{}:
		defer func() { <-t.busy }()
	case <-ctx.Done():
		return "", asError(opSignIn, ctx.Err())
	}
	now := time.Now()
	if t.current != "" && now.Before(t.renewAt) {
		return t.current, nil
	}
	token, life, err := t.client.requestToken(ctx)
	if err != nil {
		if t.current != "" && now.Before(t.endsAt) {
			t.renewAt = now.Add(renewPause)
			return t.current, nil
		}
		return "", err
	}
	t.current, t.endsAt = token, now.Add(life)
	t.renewAt = t.endsAt.Add(-min(renewMargin, life/2))
	return token, nil
}

// drop forgets a token that was not accepted, unless it has been replaced already.
func (t *tokens) drop(token string) {
	t.busy <- struct{}{}
	defer func() { <-t.busy }()
	if t.current == token {
		t.current = ""
	}
}

// requestToken signs in once, with the secret or certificate as it is now.
func (c *Client) requestToken(ctx context.Context) (string, time.Duration, error) {
	cfg := clientcredentials.Config{
		ClientID:  c.cfg.ClientID,
		TokenURL:  c.tokenURL(),
		Scopes:    []string{c.base.String() + "/.default"},
		AuthStyle: oauth2.AuthStyleInParams,
	}
	if err := c.addCredential(&cfg); err != nil {
		return "", 0, &Error{Op: opSignIn, Code: codeSecret, detail: err.Error(), err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, signInTimeout)
	defer cancel()
	token, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
	if err != nil {
		return "", 0, c.signInError(ctx, err)
	}
	c.signedIn.Store(true)
	return token.AccessToken, lifetime(token), nil
}

func (c *Client) addCredential(cfg *clientcredentials.Config) error {
	if c.cfg.Certificate != nil {
		pem, err := c.cfg.Certificate()
		if err != nil {
			return err
		}
		assertion, err := clientAssertion(pem, c.cfg.ClientID, c.tokenURL(), time.Now())
		if err != nil {
			return err
		}
		cfg.EndpointParams = url.Values{"client_assertion_type": {assertionURN}, "client_assertion": {assertion}}
		return nil
	}
	secret, err := c.cfg.Secret()
	if err != nil {
		return err
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return errors.New("the secret is empty")
	}
	cfg.ClientSecret = secret
	return nil
}

func (c *Client) tokenURL() string {
	return c.authority.String() + "/" + url.PathEscape(c.cfg.TenantID) + "/oauth2/v2.0/token"
}

// lifetime reads expires_in, which some endpoints send as text.
func lifetime(token *oauth2.Token) time.Duration {
	switch seconds := token.Extra("expires_in").(type) {
	case float64:
		return time.Duration(seconds) * time.Second
	case string:
		if n, err := strconv.Atoi(seconds); err == nil {
			return time.Duration(n) * time.Second
		}
	case int64:
		return time.Duration(seconds) * time.Second
	}
	return time.Until(token.Expiry)
}

// signInError makes an Error of a failed sign-in.
func (c *Client) signInError(ctx context.Context, err error) *Error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		c.signedIn.Store(true)
		return c.refusedSignIn(ctx, refused)
	}
	var netErr *url.Error
	if !errors.As(err, &netErr) {
		return &Error{Op: opSignIn, Code: codeNoToken, err: err, detail: c.authority.Host}
	}
	e := networkError(opSignIn, err, false, c.signedIn.Load())
	if e.Code == codeDNS {
		e.action = "Check DYNAMICS_AUTHORITY, if it is set, and this host's DNS"
	}
	return e
}

func (c *Client) refusedSignIn(ctx context.Context, refused *oauth2.RetrieveError) *Error {
	e := &Error{Op: opSignIn, StatusCode: refused.Response.StatusCode, Message: refused.ErrorDescription}
	e.Code = signInCode(refused.ErrorCode, refused.ErrorDescription, refused.Body)
	e.RequestID = requestID(refused.Response.Header)
	_, known := lookUp(e.Code)
	switch status := e.StatusCode; {
	case status == http.StatusTooManyRequests:
		e.class, e.RetryAfter = Throttled, max(parseRetryAfter(refused.Response.Header, time.Now()), defaultRetryAfter)
	case status >= http.StatusInternalServerError && !known:
		e.class = Unavailable
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		e.Code = codeRedirect
		e.action, e.detail = "Check DYNAMICS_AUTHORITY", c.authority.Host
	case e.Code == "" && status < http.StatusInternalServerError:
		e.Code, e.detail = codeNoSignIn, c.authority.Host
		return e
	case !known && status < http.StatusInternalServerError:
		e.class, e.action = Misconfigured, "Check DYNAMICS_TENANT_ID, DYNAMICS_CLIENT_ID, its secret and DYNAMICS_AUTHORITY; Microsoft's page on AADSTS codes explains this one"
	}
	if e.Class() == Misconfigured && !aboutSecret(e.Code) {
		c.explainTenant(ctx, e)
	}
	return e
}

// aboutSecret is true for refusals that come only once tenant and application were found.
func aboutSecret(code string) bool {
	switch code {
	case "AADSTS7000215", "AADSTS7000222", "AADSTS700027", "invalid_client":
		return true
	}
	return false
}

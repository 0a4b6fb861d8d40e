package dynamics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// renewMargin is how long before its end a token is renewed; a shorter-lived one at half its
	// life.
	renewMargin = 5 * time.Minute
	// maxTokenLife is the longest that Entra issues tokens for.
	maxTokenLife = 24 * time.Hour
	// signInTimeout bounds one request to the token endpoint, as RequestTimeout does where it is
	// shorter.
	signInTimeout = 30 * time.Second
	// renewPause keeps a failing renewal from delaying every request while the old token still
	// holds.
	renewPause   = 15 * time.Second
	opSignIn     = "sign in"
	assertionURN = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// tokens keeps the one token of a user, in memory only.
type tokens struct {
	user    *user
	busy    chan struct{} // held while one caller looks at or renews the token
	current string
	renewAt time.Time
	endsAt  time.Time
}

func newTokens(u *user) *tokens { return &tokens{user: u, busy: make(chan struct{}, 1)} }

// SignIn gets a token for each user, or renews it if it is about to end; an *Error says why it
// cannot. It may be called again.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
func (c *Client) SignIn(ctx context.Context) error {
	for _, u := range c.asked(ctx) {
		if _, err := u.tokens.get(ctx); err != nil {
			return err
		}
	}
	return nil
}

// get gives a token that is good for a while, signing in if need be. Callers that come meanwhile
// wait for it.
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
	token, life, err := t.user.requestToken(ctx)
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
func (u *user) requestToken(ctx context.Context) (string, time.Duration, error) {
	token, life, err := u.client.requestToken(ctx, u.User)
	if err != nil {
		err.user = u.told()
		return "", 0, err
	}
	return token, life, nil
}

func (c *Client) requestToken(ctx context.Context, u User) (string, time.Duration, *Error) {
	if u.ManagedIdentity != nil {
		return c.requestIdentityToken(ctx, u)
	}
	cfg := clientcredentials.Config{
		ClientID:  u.ClientID,
		TokenURL:  c.tokenURL(),
		Scopes:    []string{c.scope()},
		AuthStyle: oauth2.AuthStyleInParams,
	}
	if err := c.addCredential(&cfg, u); err != nil {
		return "", 0, credentialError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, min(signInTimeout, c.cfg.RequestTimeout))
	defer cancel()
	seen := &tokenAnswer{next: c.http.Transport}
	client := &http.Client{Transport: seen, CheckRedirect: c.http.CheckRedirect}
	within, end := c.begin(ctx, Exchange{Kind: opSignIn, Method: http.MethodPost, Host: c.authority.Host})
	token, err := cfg.Token(context.WithValue(within, oauth2.HTTPClient, client))
	life, refused := c.judgeToken(ctx, token, err, seen)
	end(seen.status, refused)
	if refused != nil {
		return "", 0, refused
	}
	return token.AccessToken, life, nil
}

// judgeToken gives how long a token is good for, or why the answer holds none.
func (c *Client) judgeToken(ctx context.Context, token *oauth2.Token, err error, seen *tokenAnswer) (time.Duration, *Error) {
	if err != nil {
		return 0, c.signInError(ctx, err, seen)
	}
	life, ok := lifetime(token)
	if !ok || seen.status != http.StatusOK || seen.media != mediaJSON || !strings.EqualFold(token.TokenType, "bearer") {
		return 0, &Error{Op: opSignIn, StatusCode: seen.status, Code: codeNoToken, detail: c.authority.Host}
	}
	return life, nil
}

// credentialError says that what signs in cannot be used.
func credentialError(err error) *Error {
	e := &Error{Op: opSignIn, Code: codeSecret, detail: err.Error(), err: err}
	var assertion *assertionError
	if errors.As(err, &assertion) {
		e.Code = assertion.code
	}
	return e
}

// tokenAnswer remembers how the token endpoint answered: package oauth2 takes whatever holds a
// token.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#successful-response-1
type tokenAnswer struct {
	next   http.RoundTripper
	status int
	media  string
}

// RoundTrip implements http.RoundTripper.
func (a *tokenAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(req)
	if err == nil {
		a.status, a.media = resp.StatusCode, mediaType(resp.Header)
	}
	return resp, err
}

// scope asks for a token that is good for the environment.
func (c *Client) scope() string { return c.base.String() + "/.default" }

func (c *Client) tokenURL() string {
	return c.authority.String() + "/" + url.PathEscape(c.cfg.TenantID) + "/oauth2/v2.0/token"
}

// lifetime reads expires_in, which some endpoints send as text; ok is false if there is none.
func lifetime(token *oauth2.Token) (life time.Duration, ok bool) {
	seconds, err := strconv.ParseFloat(fmt.Sprint(token.Extra("expires_in")), 64)
	if err != nil || !(seconds >= 0) { // also not a number
		return 0, false
	}
	return time.Duration(min(seconds, maxTokenLife.Seconds())) * time.Second, true
}

// signInError makes an Error of a failed sign-in.
func (c *Client) signInError(ctx context.Context, err error, seen *tokenAnswer) *Error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return c.refusedSignIn(ctx, refused)
	}
	var netErr *url.Error
	if !errors.As(err, &netErr) {
		return &Error{Op: opSignIn, StatusCode: seen.status, Code: codeNoToken, err: err, detail: c.authority.Host}
	}
	e := networkError(opSignIn, err, undelivered)
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
	case !known && !isSignInCode(e.Code): // every refusal of Entra has such a code
		e.Code, e.detail = codeNoSignIn, c.authority.Host
	}
	if known && e.Class() == Misconfigured && !aboutSecret(e.Code) {
		c.explainTenant(ctx, e)
	}
	return e
}

// aboutSecret is true for refusals that come only once tenant and application were found.
func aboutSecret(code string) bool {
	switch code {
	case "AADSTS7000215", "AADSTS7000216", "AADSTS7000218", "AADSTS7000222", "AADSTS700024", "AADSTS700025", "AADSTS700027", "invalid_client",
		"AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213":
		return true
	}
	return false
}

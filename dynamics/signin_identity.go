package dynamics

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// IdentityError says how an endpoint of managed identities refused a token, or that it did not
// answer.
type IdentityError struct {
	// Endpoint is its host, with the port if there is one; empty if it was not asked.
	Endpoint string
	// StatusCode is the HTTP status of its answer, 0 if there was none; Header and Body are the
	// answer's.
	StatusCode int
	Header     http.Header
	Body       []byte
	// Err is what the network, or the library that asks, said. Its text is not shown.
	Err error
}

func (e *IdentityError) Error() string { return "no token of the managed identity" }

// Unwrap gives the error beneath.
func (e *IdentityError) Unwrap() error { return e.Err }

// requestIdentityToken has the host's own endpoint sign in.
func (c *Client) requestIdentityToken(ctx context.Context, u User) (string, time.Duration, *Error) {
	asked, cancel := context.WithTimeout(ctx, min(signInTimeout, c.cfg.RequestTimeout))
	defer cancel()
	within, end := c.begin(asked, Exchange{Kind: opSignIn, Method: http.MethodGet})
	token, life, err := u.ManagedIdentity.Token(within, c.scope())
	if err == nil {
		end(http.StatusOK, nil)
		return token, min(life, maxTokenLife), nil
	}
	refusal := &IdentityError{Err: err}
	errors.As(err, &refusal)
	e := identityError(refusal, u)
	if ctx.Err() != nil {
		e = asError(opSignIn, ctx.Err())
	}
	end(refusal.StatusCode, e)
	return "", 0, e
}

// identityError makes an Error of a token that the endpoint did not give. Which of its answers pass
// is documented for the one of virtual machines, and the others are alike.
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling
func identityError(r *IdentityError, u User) *Error {
	e := &Error{Op: opSignIn, StatusCode: r.StatusCode, detail: r.Endpoint, err: r.Err}
	e.RequestID = requestID(r.Header)
	word, said := identityAnswer(r.Body)
	e.Message = said
	e.Code = signInCode(word, said, r.Body)
	switch status := r.StatusCode; {
	case status == 0:
		e.Code = codeNoIdentity
	case status == http.StatusTooManyRequests:
		e.Code, e.class = "", Throttled
		e.RetryAfter = max(parseRetryAfter(r.Header, time.Now()), defaultRetryAfter)
	case status == http.StatusNotFound || status == http.StatusGone || status >= http.StatusInternalServerError:
		e.Code = codeIdentityBusy
	case isSignInCode(e.Code): // Entra's own words, handed on
		e.detail = ""
	case status < http.StatusMultipleChoices || word == "" && said == "":
		e.Code = codeNoIdentityAnswer
	case namesNoIdentity(status, said):
		e.Code, e.detail = codeIdentityUnknown, u.credential()
	default:
		e.Code = codeIdentityRefused
	}
	return e
}

// identityAnswer reads a refusal: error and error_description, as of virtual machines, or the
// message of App Service.
func identityAnswer(body []byte) (word, said string) {
	if !gjson.ValidBytes(body) {
		return "", ""
	}
	doc := gjson.ParseBytes(body)
	word, said = doc.Get("error").String(), doc.Get("error_description").String()
	if doc.Get("error").IsObject() {
		word, said = doc.Get("error.code").String(), doc.Get("error.message").String()
	}
	if said == "" {
		said = doc.Get("message").String()
	}
	return word, said
}

// namesNoIdentity is true for the words that say that the host has no such identity.
func namesNoIdentity(status int, said string) bool {
	said = strings.ToLower(said)
	return status == http.StatusBadRequest && strings.Contains(said, "identit") &&
		(strings.Contains(said, "not found") || strings.Contains(said, "found for") || strings.Contains(said, "not been assigned"))
}

package dynamics

import (
	"fmt"
	"strings"
	"time"
)

// Class is what kind of failure an Error is, as far as what to do next differs.
type Class string

// The classes of Error.
const (
	Throttled     Class = "throttled"     // a service protection limit: nothing was done, wait RetryAfter
	Unavailable   Class = "unavailable"   // Dynamics or the way to it is down: nothing was done, try later
	Unauthorized  Class = "unauthorized"  // the token is not accepted, also not a fresh one
	Forbidden     Class = "forbidden"     // signed in, but not allowed to
	NotFound      Class = "notFound"      // what was named does not exist
	Rejected      Class = "rejected"      // this row's data, or this request, will be refused again
	TooLarge      Class = "tooLarge"      // fewer rows in a request will do
	TimedOut      Class = "timedOut"      // no answer in time: what was sent may have been done
	Deadlock      Class = "deadlock"      // lost against another transaction: nothing was done, try again
	Misconfigured Class = "misconfigured" // a setting is wrong: trying again cannot help
	ServerError   Class = "serverError"   // Dynamics failed on it and did nothing: it may pass, or be a row's fault
	Unknown       Class = "unknown"       // sent, and the answer was lost: read back before sending again
)

// Error is every failure of a request to Dynamics or to its sign-in.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
type Error struct {
	// Op is what was tried: "sign in", "update contacts".
	Op string
	// StatusCode is the HTTP status, 0 if there was no answer.
	StatusCode int
	// Code is Dataverse's code in lower-case hex ("0x80040217"), a sign-in code ("AADSTS7000215"),
	// one of our own for what has none ("dns", "tls", "refused"), or empty.
	Code string
	// Message is the server's own text. It may hold contact ids and values: never log it.
	Message string
	// RetryAfter is how long to wait before anything else is sent; 0 if the server did not say.
	RetryAfter time.Duration
	// RequestID is the id under which Microsoft's support finds the request; may be empty.
	RequestID string

	user   *User // who was refused, of those that have names
	said   bool  // by Dynamics itself, in its own form
	class  Class
	detail string // our own words, without ids and values, that say more than the catalogue
	action string // replaces the catalogue's action where the error knows better
	err    error
}

// Error gives one line without contact ids, values or secrets: what was tried, what happened, why,
// and the fix.
func (e *Error) Error() string {
	x := e.Explain()
	var b strings.Builder
	b.WriteString(e.Op)
	if e.user != nil {
		b.WriteString(" as " + e.user.Name)
	}
	b.WriteString(": ")
	if head := e.head(); head != "" {
		b.WriteString(head)
		b.WriteString(": ")
	}
	b.WriteString(x.Cause)
	if e.detail != "" {
		b.WriteString(" (" + e.detail + ")")
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; wait %s", e.RetryAfter.Round(time.Second))
	}
	if x.Action != "" {
		b.WriteString(". " + x.Action)
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

func (e *Error) head() string {
	var parts []string
	if e.StatusCode != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", e.StatusCode))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	return strings.Join(parts, " ")
}

// Unwrap gives the network error beneath, if any. Its text is not safe to show.
func (e *Error) Unwrap() error { return e.err }

// Class says what kind of failure this is.
func (e *Error) Class() Class {
	if e.class != "" {
		return e.class
	}
	return e.Explain().Class
}

// Explain gives the catalogue's entry for the error, with the action made more exact where the
// error knows better.
func (e *Error) Explain() Explanation {
	x := Explain(e.Code, e.StatusCode)
	if e.Code == codeDeadlock && !saysDeadlock(e.Message) {
		x = sqlFailure(e.StatusCode)
	}
	if e.Code == codeDoesNotExist && e.class == Rejected {
		x = missingTarget(x)
	}
	if e.action != "" {
		x.Action = e.action
	}
	if e.user != nil {
		x.Action = e.user.advise(x.Action)
	}
	return x
}

// Throttled is true if a service protection limit refused the request.
func (e *Error) Throttled() bool { return e.Class() == Throttled }

// Temporary is true if the same request may succeed later without anybody doing anything.
// After TimedOut and Unknown, contacts that were being updated are to be read back first.
func (e *Error) Temporary() bool {
	switch e.Class() {
	case Throttled, Unavailable, TimedOut, Deadlock, ServerError, Unknown:
		return true
	}
	return false
}

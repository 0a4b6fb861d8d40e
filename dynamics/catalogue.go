package dynamics

import (
	"net/http"
	"strings"
)

// Explanation is what the catalogue knows of a failure.
type Explanation struct {
	// Code is Dataverse's (or the sign-in's, or our own); empty for an entry that stands for a
	// whole HTTP status.
	Code string
	// Status is the HTTP status that usually comes with it; 0 if it varies or there is none.
	Status int
	// Reason is one word for reports: contact_not_found, invalid_value, plugin_error, no_privilege,
	// ...
	Reason string
	// Cause is what happened and why, half a sentence.
	Cause string
	// Owner is whose job it is.
	Owner string
	// Action is what that person does.
	Action string
	// Retry is true if the same request may succeed by itself later; the client then tries again.
	Retry bool
	// Class is how the client treats it.
	Class Class
}

// Whose job a failure is.
const (
	ownerNobody   = "nobody: it passes"
	ownerOperator = "operator"
	ownerAdmin    = "Dynamics administrator"
	ownerEntra    = "Entra administrator"
	ownerData     = "owner of the audience's data"
	ownerPlugin   = "owner of the plug-in"
)

// Explain finds the entry of a code, in any case; without one, the entry of the HTTP status.
// Unknown codes and statuses get an entry that says so: the answer is never empty.
func Explain(code string, status int) Explanation {
	x, ok := lookUp(code)
	if ok && !(status == http.StatusUnauthorized && x.Class == ServerError) {
		return x
	}
	x = explainStatus(status) // a 401 is about the token, also with the code that Dynamics has for everything
	if isSignInCode(code) {
		x = signInRefusal(status)
	}
	x.Code = code
	return x
}

// ExplainRejected finds what to say of a row that was given up: by its code and, where one code
// stands for several things, the reason that was kept and Dynamics' own text. Nothing passes by
// itself any more then.
func ExplainRejected(reason, code, text string) Explanation {
	x := Explain(code, http.StatusBadRequest)
	if x.Reason != reason || reason == reasonNotFound {
		x = explainReason(reason, x)
	}
	if strings.EqualFold(code, codeDeadlock) && !saysDeadlock(text) {
		x = sqlFailure(0)
	}
	if x.Retry {
		x.Retry, x.Action = false, actionReplay
	}
	return x
}

func lookUp(code string) (Explanation, bool) {
	if code == "" {
		return Explanation{}, false
	}
	for _, x := range Catalogue() {
		if x.Code != "" && strings.EqualFold(x.Code, code) {
			return x, true
		}
	}
	return Explanation{}, false
}

// explainReason finds what to say of a code that was met for another reason than its usual one;
// x where nothing is known of that.
func explainReason(reason string, x Explanation) Explanation {
	if strings.EqualFold(x.Code, codeDoesNotExist) && reason == "invalid_value" {
		return missingTarget(x)
	}
	if reason == reasonNotFound { // by whichever answer: one cause, in one wording
		missing, _ := lookUp(codeDoesNotExist)
		missing.Code = x.Code
		return missing
	}
	if _, known := lookUp(x.Code); known {
		return x
	}
	for _, other := range statusEntries() {
		if other.Reason == reason {
			other.Code = x.Code
			return other
		}
	}
	return x
}

// reasonNotFound is that of contacts which Dynamics does not hold, whether they were looked for or
// written.
const reasonNotFound = "contact_not_found"

// missingTarget is what a row that does not exist means where a lookup points to it.
func missingTarget(x Explanation) Explanation {
	x.Reason, x.Class, x.Cause = "invalid_value", Rejected, "a lookup points to a row that does not exist"
	x.Action = "Correct the value in the audience's source, or the mapping, and replay the rejected rows"
	return x
}

func explainStatus(status int) Explanation {
	for _, x := range statusEntries() {
		if x.Status == status {
			return x
		}
	}
	x := Explanation{Status: status, Reason: "rejected", Class: Rejected, Owner: ownerOperator,
		Cause: "Dynamics refused the request", Action: "Look up the code in Microsoft's list, or ask Microsoft's support with the request id"}
	switch {
	case status >= http.StatusInternalServerError:
		x.Reason, x.Class, x.Retry, x.Owner = "unavailable", Unavailable, true, ownerNobody
		x.Cause, x.Action = "Dynamics failed to answer", "Nothing to do, unless it lasts: then look at the service health of the environment"
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		x.Reason, x.Class = "misconfigured", Misconfigured
		x.Cause, x.Action = "the answer points to another address, which the token must not go to", "Check DYNAMICS_ENVIRONMENT: give the address that the environment answers at itself"
	case status == 0:
		x.Reason, x.Class, x.Retry, x.Owner = "unavailable", Unavailable, true, ownerNobody
		x.Cause, x.Action = "there was no answer", "Check the network between this host and Dynamics if it lasts"
	}
	return x
}

// Catalogue lists every failure that is known by code, then those known by HTTP status alone.
func Catalogue() []Explanation {
	var all []Explanation
	all = append(all, limitEntries()...)
	all = append(all, rowEntries()...)
	all = append(all, accessEntries()...)
	all = append(all, serverEntries()...)
	all = append(all, signInEntries()...)
	all = append(all, networkEntries()...)
	return append(all, statusEntries()...)
}

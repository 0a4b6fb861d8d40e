package dynamics

// Explanation is what the catalogue knows of a failure.
type Explanation struct {
	// Code is Dataverse's (or the sign-in's, or our own); empty for an entry that stands for a whole HTTP status.
	Code string
	// Status is the HTTP status that usually comes with it; 0 if it varies or there is none.
	Status int
	// Reason is one word for reports: contact_not_found, invalid_value, plugin_error, no_privilege, ...
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

// Explain finds the entry of a code, in any case; without one, the entry of the HTTP status.
func Explain(code string, status int) Explanation {
	return Explanation{Code: code, Status: status, Class: Rejected, Reason: "rejected"}
}

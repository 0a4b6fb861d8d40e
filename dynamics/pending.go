package dynamics

import "context"

// Preflight checks everything that an activation needs, in named steps; nothing is written. The error is an *Error
// for what may pass by itself (Temporary); what needs a person is a step that is not OK.
func (c *Client) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	return PreflightResult{}, errPending
}

var errPending = &Error{Op: "not built yet"}

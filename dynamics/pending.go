package dynamics

import "context"

// Preflight checks everything that an activation needs, in named steps; nothing is written. The error is an *Error
// for what may pass by itself (Temporary); what needs a person is a step that is not OK.
func (c *Client) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	return PreflightResult{}, errPending
}

// ReadContacts reads contacts by id. Contacts that do not exist are absent; the order is not that of ids.
func (c *Client) ReadContacts(ctx context.Context, ids []string, columns []Column, o ReadOptions) ([]Contact, error) {
	return nil, errPending
}

// ScanContacts reads every contact that an OData filter lets pass ("" for all), page by page.
func (c *Client) ScanContacts(ctx context.Context, filter string, columns []Column, page func([]Contact) error) error {
	return errPending
}

// CountContacts counts the contacts whose column holds word, compared without case as Dynamics does.
func (c *Client) CountContacts(ctx context.Context, column Column, word string) (int64, error) {
	return 0, errPending
}

// Update updates contacts; see RowState. The results are complete also when the error is not nil.
func (c *Client) Update(ctx context.Context, rows []Update) ([]RowResult, error) {
	return nil, errPending
}

var errPending = &Error{Op: "not built yet"}

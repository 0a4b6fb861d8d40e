package dynamics

import "context"

// SignIn gets a token, or renews it; an *Error says why it cannot. It may be called again.
func (c *Client) SignIn(ctx context.Context) error { return errPending }

// WhoAmI asks who the token stands for.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) { return Identity{}, errPending }

// Preflight checks everything that an activation needs, in named steps; nothing is written. The error is an *Error
// for what may pass by itself (Temporary); what needs a person is a step that is not OK.
func (c *Client) Preflight(ctx context.Context, in PreflightInput) (PreflightResult, error) {
	return PreflightResult{}, errPending
}

// Table is contact's columns as they were when read.
type Table struct{}

// Table reads contact's columns.
func (c *Client) Table(ctx context.Context) (*Table, error) { return nil, errPending }

// StatusColumn finds the column of a Mapping ID: a string column, writable, long enough for every word. *ColumnError.
func (t *Table) StatusColumn(prefix, mappingID string, words ...string) (Column, error) {
	return Column{}, errPending
}

// Column finds a writable column by logical name, then schema name, then display name in any language. *ColumnError.
func (t *Table) Column(target string) (Column, error) { return Column{}, errPending }

// Canonical gives the form in which Dynamics will give the value back; "" for nothing is refused. *ValueError.
func (c Column) Canonical(text string) (string, error) { return "", errPending }

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

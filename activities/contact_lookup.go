package activities

import (
	"context"
	"errors"

	"audienceflow/dynamics"
	"audienceflow/store/contacts"
)

// LookUpContactInput names a question about a contact that the store keeps.
type LookUpContactInput struct {
	Destination string `json:"destination"`
	Lookup      string `json:"lookup"`
}

// LookUpContactResult says that the store has the answer, and how many columns it is about.
type LookUpContactResult struct {
	Columns int `json:"columns"`
}

// LookUpContact reads what Dynamics holds of a contact in the columns that the ledgers know of, and
// puts it into the store. Of an organization that the ledgers are not about nothing is read; none
// is bound. It can be repeated.
func (c *Connection) LookUpContact(ctx context.Context, in LookUpContactInput) (LookUpContactResult, error) {
	return perform(ctx, c.o.open, in, c.lookUp)
}

func (c *Connection) lookUp(ctx context.Context, in LookUpContactInput) (LookUpContactResult, error) {
	asked, err := c.o.Store.ContactAsked(ctx, in.Lookup)
	if err != nil {
		return LookUpContactResult{}, final(ErrStore, err)
	}
	var now contacts.Now
	err = patiently(ctx, checkPatience, func(ctx context.Context) (err error) {
		now, err = c.holds(ctx, asked)
		return err
	})
	if err == nil {
		err = c.o.Store.AnswerContact(ctx, in.Lookup, now)
	}
	return LookUpContactResult{Columns: len(now.Values)}, err
}

// holds reads a contact.
func (c *Connection) holds(ctx context.Context, asked contacts.Lookup) (contacts.Now, error) {
	now := contacts.Now{Values: map[string]*string{}}
	who, err := c.o.Destination.Client.WhoAmI(ctx)
	if err != nil {
		return now, err
	}
	if bound, err := c.boundTo(ctx, who); err != nil || !bound.OK {
		return now, orOther(err, bound)
	}
	table, err := c.o.Destination.Client.Table(ctx)
	if err != nil {
		return now, err
	}
	var columns []dynamics.Column
	for _, name := range asked.Columns {
		column, err := table.Column(name)
		switch {
		case errors.As(err, new(*dynamics.ColumnError)):
			now.Absent = append(now.Absent, name)
		case err != nil:
			return now, err
		default:
			columns = append(columns, column)
		}
	}
	found, err := c.o.Destination.Client.ReadContacts(ctx, []string{asked.Contact}, columns, dynamics.ReadOptions{Modified: true})
	if err != nil || len(found) == 0 {
		return now, err
	}
	contact := found[0]
	now.Found, now.ModifiedOn, now.ModifiedBy = true, contact.ModifiedOn, contact.ModifiedBy
	for i, column := range columns {
		now.Values[column.LogicalName] = contact.Values[i]
	}
	return now, nil
}

// orOther is the error of a look at the organization or, where there is none, what it has found.
func orOther(err error, step CheckStep) error {
	if err != nil {
		return err
	}
	return final(ErrOtherOrganization, errors.New(step.Detail))
}

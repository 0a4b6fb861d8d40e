package contacts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// lookupTime is how long a lookup is kept that nobody has come back for.
const lookupTime = time.Hour

// Lookup is a question about one contact: what Dynamics holds of it now. It is put here and
// answered here, so that neither the contact nor what it holds travels through Temporal.
type Lookup struct {
	Destination, Contact string
	// Columns are those that the ledgers know of: every status column, and the contact's mapped
	// ones.
	Columns []string
}

// Now is what Dynamics holds of a contact.
type Now struct {
	Found      bool      `json:"found"`
	ModifiedOn time.Time `json:"modifiedOn,omitzero"`
	ModifiedBy string    `json:"modifiedBy,omitempty"`
	// Values are by the columns' logical names. Absent are columns that Dynamics does not have any
	// more.
	Values map[string]*string `json:"values"`
	Absent []string           `json:"absent,omitempty"`
}

// AskContact asks what Dynamics holds of a contact, and gives the question's id. Old questions go.
func (c *Contacts) AskContact(ctx context.Context, destination, contact string) (string, error) {
	now, err := c.db.Now(ctx)
	if err != nil {
		return "", err
	}
	lookup := uuid.NewString()
	return lookup, c.db.Update(ctx, func(t *sqldb.Tx) error {
		if _, err := t.Exec(ctx, `DELETE FROM contact_lookups WHERE asked_at < ?`, sqldb.Micros(now.Add(-lookupTime))); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `INSERT INTO contact_lookups (lookup, destination, contact, asked_at) VALUES (?, ?, ?, ?)`,
			lookup, destination, contact, sqldb.Micros(now))
		return err
	})
}

// ContactAsked gives a question.
func (c *Contacts) ContactAsked(ctx context.Context, lookup string) (Lookup, error) {
	var asked Lookup
	known, err := c.db.QueryOne(ctx, `SELECT destination, contact FROM contact_lookups WHERE lookup = ?`, []any{lookup},
		&asked.Destination, &asked.Contact)
	if err != nil {
		return asked, err
	}
	if !known {
		return asked, fmt.Errorf("nobody waits for lookup %s any more, or it was asked in another store: is the starter's STORE_URL the worker's?", lookup)
	}
	if asked.Columns, err = ledger.StatusColumns(ctx, c.db.Reader(), asked.Destination); err != nil {
		return asked, err
	}
	values, err := c.ledger.ValuesOf(ctx, asked.Destination, asked.Contact)
	if err != nil || values == nil {
		return asked, err
	}
	for _, v := range values.Parse() {
		asked.Columns = append(asked.Columns, v.Column)
	}
	slices.Sort(asked.Columns)
	asked.Columns = slices.Compact(asked.Columns)
	return asked, nil
}

// AnswerContact keeps the answer to a question until it is taken. Idempotent.
func (c *Contacts) AnswerContact(ctx context.Context, lookup string, now Now) error {
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return c.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE contact_lookups SET answer = ? WHERE lookup = ?`, string(text), lookup)
		return err
	})
}

// TakeContact gives the answer to a question, nil where there is none, and forgets both.
func (c *Contacts) TakeContact(ctx context.Context, lookup string) (*Now, error) {
	var text string
	err := c.db.Update(ctx, func(t *sqldb.Tx) error {
		text = ""
		if _, err := t.QueryOne(ctx, `SELECT answer FROM contact_lookups WHERE lookup = ?`, []any{lookup}, &text); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `DELETE FROM contact_lookups WHERE lookup = ?`, lookup)
		return err
	})
	if err != nil || text == "" {
		return nil, err
	}
	now := &Now{}
	return now, sqldb.AsDamaged("the answer to a lookup", json.Unmarshal([]byte(text), now))
}

package dynamics

import (
	"context"
	"errors"

	"github.com/tidwall/gjson"
)

const opCount = "count contacts"

// CountContacts counts the contacts whose text column holds word, compared without case, as
// Dynamics does. Past the 50,000 that it counts at once, they are counted page by page.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data
func (c *Client) CountContacts(ctx context.Context, column Column, word string) (int64, error) {
	filter := column.Equals(word)
	path := "contacts?$apply=" + escape("filter("+filter+")/aggregate($count as n)")
	q := query{op: opCount, path: path, context: contactsContext}
	_, entries, err := c.list(ctx, q, "n")
	switch {
	case err == nil && len(entries) > 0:
		return c.wholeNumber(q, entries[0].Get("n"))
	case err != nil && !fewerWillDo(err) && !unknownToServer(err):
		return 0, err
	}
	var n int64
	err = c.ScanContacts(ctx, filter, nil, func(page []Contact) error {
		n += int64(len(page))
		return nil
	})
	return n, err
}

// wholeNumber reads a count.
func (c *Client) wholeNumber(q query, v gjson.Result) (int64, error) {
	if n := v.Int(); v.Type == gjson.Number && n >= 0 && v.Float() == float64(n) {
		return n, nil
	}
	return 0, c.unlike(q)
}

// fewerWillDo is true if the failure of a reading says that it was about too many contacts.
func fewerWillDo(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Class() == TooLarge || e.Code == codeSQLTimeout)
}

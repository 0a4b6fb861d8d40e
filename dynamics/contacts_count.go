package dynamics

import (
	"context"
	"errors"
)

const opCount = "count contacts"

// CountContacts counts the contacts whose text column holds word, compared without case, as Dynamics does. Past the
// 50,000 that it counts at once, they are counted page by page.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data
func (c *Client) CountContacts(ctx context.Context, column Column, word string) (int64, error) {
	filter := column.Equals(word)
	path := "contacts?$apply=" + escape("filter("+filter+")/aggregate($count as n)")
	doc, err := c.get(ctx, opCount, path, nil, 0)
	if err == nil && doc.Get("value.0.n").Exists() {
		return doc.Get("value.0.n").Int(), nil
	}
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Class() != TooLarge && !unknownToServer(err)) {
		return 0, err
	}
	var n int64
	err = c.ScanContacts(ctx, filter, nil, func(page []Contact) error {
		n += int64(len(page))
		return nil
	})
	return n, err
}

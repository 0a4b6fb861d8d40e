package dynamics

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
)

const (
	opRead = "read contacts"
	// contactsContext begins the context of rows of contact, whatever their columns.
	contactsContext = "contacts"
	// idsPerRead keeps the address of a request at 14,000 characters, under half of the 32,768 that
	// Dataverse takes, and the list under the few hundred values that its queries bear.
	idsPerRead = 300
	// maxPage is the largest page that Dataverse gives.
	maxPage = 5000
	// maxParallelReads is how many reads of one call wait for their turn at a time.
	maxParallelReads = 16
)

// ReadContacts reads contacts by id, in lists of a few hundred, several lists at a time. Contacts
// that do not exist are absent, and the order is not that of ids. On an error what has been read is
// thrown away; reading again is harmless.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/in
func (c *Client) ReadContacts(ctx context.Context, ids []string, columns []Column, o ReadOptions) ([]Contact, error) {
	lists, err := idLists(ids)
	if err != nil {
		return nil, err
	}
	caller := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		found []Contact
		slots = make(chan struct{}, maxParallelReads)
	)
	for _, list := range lists {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			contacts, err := c.readList(ctx, list, columns, o)
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			found = append(found, contacts...)
		})
	}
	group.Wait()
	if err := caller.Err(); err != nil { // its cause is not Dynamics'
		return nil, asError(opRead, err)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, asError(opRead, err)
	}
	return found, nil
}

// idLists checks the ids and cuts them into lists; an id that comes twice is asked for once.
func idLists(ids []string) ([][]string, error) {
	seen := make(map[string]bool, len(ids))
	var lists [][]string
	for _, id := range ids {
		normal, ok := parseGUID(id)
		if !ok {
			return nil, &Error{Op: opRead, class: Rejected, Code: "0x0", detail: "a contact id is not a GUID"}
		}
		if seen[normal] {
			continue
		}
		seen[normal] = true
		if n := len(lists); n == 0 || len(lists[n-1]) == idsPerRead {
			lists = append(lists, make([]string, 0, min(idsPerRead, len(ids))))
		}
		lists[len(lists)-1] = append(lists[len(lists)-1], normal)
	}
	return lists, nil
}

// readList reads one list; where the environment bears less, it goes in halves.
func (c *Client) readList(ctx context.Context, ids []string, columns []Column, o ReadOptions) ([]Contact, error) {
	filter := "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['" + strings.Join(ids, "','") + "'])"
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	var found []Contact
	err := c.pages(ctx, filter, columns, o, len(ids), func(page []Contact) error {
		for _, contact := range page {
			if !asked[contact.ID] { // or has come before
				return c.unlike(query{op: opRead})
			}
			delete(asked, contact.ID)
		}
		found = append(found, page...)
		return nil
	})
	if fewerWillDo(err) && len(ids) > 1 {
		half := len(ids) / 2
		first, err := c.readList(ctx, ids[:half], columns, o)
		if err != nil {
			return nil, err
		}
		second, err := c.readList(ctx, ids[half:], columns, o)
		return append(first, second...), err
	}
	return found, err
}

// ScanContacts reads every contact that an OData filter lets pass ("" for all), in the order of
// their ids, a page of up to 5,000 at a time. It is no snapshot. An error of page ends it and is
// given back as it is.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
func (c *Client) ScanContacts(ctx context.Context, filter string, columns []Column, page func([]Contact) error) error {
	return c.pages(ctx, filter, columns, ReadOptions{}, maxPage, page)
}

func (c *Client) pages(ctx context.Context, filter string, columns []Column, o ReadOptions, rows int, page func([]Contact) error) error {
	path := "contacts?$select=" + selection(columns, o)
	if filter != "" {
		path += "&$filter=" + escape(filter)
	}
	q := query{op: opRead, context: contactsContext, header: http.Header{"Prefer": {"odata.maxpagesize=5000"}}, rows: rows}
	for path != "" {
		q.path = path
		doc, entries, err := c.list(ctx, q)
		if err != nil {
			return err
		}
		contacts, ok := readPage(entries, columns, o)
		if !ok {
			return c.unlike(q)
		}
		if err := page(contacts); err != nil {
			return err
		}
		if path, err = c.nextPath(doc.Get(`@odata\.nextLink`).String()); err != nil {
			return err
		}
	}
	return nil
}

// selection lists the properties to read, each once.
func selection(columns []Column, o ReadOptions) string {
	names := []string{"contactid"}
	if o.Modified {
		names = append(names, "modifiedon", "_modifiedby_value")
	}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	for _, column := range columns {
		if name := column.property(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// readPage reads rows of contact; ok is false if one lacks its id or what was asked for: null
// columns are there as null.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/select-columns
func readPage(rows []gjson.Result, columns []Column, o ReadOptions) (contacts []Contact, ok bool) {
	places := make(map[string][]int, len(columns))
	for i, column := range columns {
		places[column.property()] = append(places[column.property()], i)
	}
	contacts = make([]Contact, len(rows))
	for n, row := range rows {
		contact := Contact{Values: make([]*string, len(columns))}
		missing := len(places)
		row.ForEach(func(key, v gjson.Result) bool {
			switch key.Str {
			case "contactid":
				contact.ID = strings.ToLower(v.Str)
			case "modifiedon":
				if at, ok := parseDateTime(v.Str); ok && o.Modified {
					contact.ModifiedOn = at.UTC().Truncate(time.Second)
				}
			case "_modifiedby_value":
				contact.ModifiedBy = strings.ToLower(v.Str)
			}
			if at := places[key.Str]; at != nil {
				missing--
				for _, i := range at {
					contact.Values[i] = columns[i].decode(v)
				}
			}
			return true
		})
		if _, isGUID := parseGUID(contact.ID); !isGUID || missing > 0 {
			return nil, false
		}
		contacts[n] = contact
	}
	return contacts, true
}

// nextPath takes the link to the next page down to what follows the API's root, and refuses one to
// another host or another place; "" is the end. The request then goes to the configured host,
// whatever the link says.
func (c *Client) nextPath(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != c.base.Scheme || !sameHost(u, c.base) || u.User != nil || !strings.HasPrefix(u.Path, apiRoot) {
		return "", &Error{Op: opRead, Code: codeForeign}
	}
	_, rest, ok := strings.Cut(strings.TrimPrefix(u.EscapedPath(), apiRoot), "/")
	if !ok || strings.Contains(rest, "..") {
		return "", &Error{Op: opRead, Code: codeForeign}
	}
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return rest, nil
}

package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// deletion is what is remembered of a row that is no more, for those who track changes. It is
// forgotten when the simulator ends.
type deletion struct {
	id      guid
	version int64
}

// deltaToken begins with the version that its reader has seen; the time behind it is for people.
var deltaToken = regexp.MustCompile(`^(\d{1,18})!`)

// checkTracking refuses the options that change tracking does not know
// (https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems).
func (c *call) checkTracking(q *odataQuery) *apiError {
	if (c.prefer.trackChanges || q.aliases["$deltatoken"] != "") && (q.filter != nil || len(q.order) > 0 || q.top > 0 || len(q.expand) > 0 || q.apply != "") {
		return badRequest("The query parameters $filter, $orderby, $top, $expand and $apply are not supported with change tracking")
	}
	return nil
}

// deltaLink gives the address of what changes from now on.
func (c *call) deltaLink(q *odataQuery) string {
	at := c.server.now().UTC().Format("01/02/2006 15:04:05")
	return c.again(q, fmt.Sprintf("$deltatoken=%d%%21%s", c.server.db.version, url.QueryEscape(at)))
}

// changes answers a query with a $deltatoken: the rows that are new or changed since, and the ids of
// those that are no more.
func (c *call) changes(q *odataQuery, token string) (*reply, *apiError) {
	seen := deltaToken.FindStringSubmatch(token)
	if seen == nil {
		return nil, badRequest("The delta token '%s' is not valid.", token)
	}
	since, err := strconv.ParseInt(seen[1], 10, 64)
	if err != nil || since > c.server.db.version {
		return nil, badRequest("The delta token '%s' is not valid.", token)
	}
	t := q.table
	var rows []uint32
	for _, row := range t.sorted() {
		if t.versions[row] > since {
			rows = append(rows, row)
		}
	}
	b := appendQuoted([]byte(`{"@odata.context":`), c.context(t.set+q.shape()+"/$delta"))
	b = c.appendRows(append(b, `,"value":[`...), q, rows)
	for i, id := range t.deletedSince(since) {
		if i > 0 || len(rows) > 0 {
			b = append(b, ',')
		}
		b = appendAny(b, object{{"@odata.context", c.context(t.set + "/$deletedEntity")}, {"id", id.String()}, {"reason", "deleted"}})
	}
	b = appendQuoted(append(b, `],"@odata.deltaLink":`...), c.deltaLink(q))
	return c.json(http.StatusOK, append(b, '}')), nil
}

// deletedSince gives each row once that was deleted and has not come back.
func (t *table) deletedSince(version int64) []guid {
	var ids []guid
	told := map[guid]bool{}
	for _, d := range t.deleted {
		if _, back := t.find(d.id); d.version > version && !back && !told[d.id] {
			told[d.id] = true
			ids = append(ids, d.id)
		}
	}
	return ids
}

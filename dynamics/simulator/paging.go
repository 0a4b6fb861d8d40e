package simulator

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// pageStart is where a page begins: behind a row when the order is the primary key's, else after a
// number of rows.
type pageStart struct {
	page    int
	hasLast bool
	last    guid
	skip    int
}

var (
	tokenPage   = regexp.MustCompile(`pagenumber="(\d{1,9})"`)
	tokenCookie = regexp.MustCompile(`pagingcookie="([^"]*)"`)
	cookieLast  = regexp.MustCompile(`last="\{([0-9A-Fa-f-]{36})\}"`)
)

func malformedToken() *apiError {
	return badRequest("The provided paging cookie is malformed: use the @odata.nextLink as it came.")
}

// parseSkipToken reads the token of a nextLink after its first decoding. Clients send it back with
// blanks as + or %20 and in any place of the query, which makes no difference here.
func parseSkipToken(token string, size int) (pageStart, *apiError) {
	if token == "" {
		return pageStart{page: 1}, nil
	}
	page := tokenPage.FindStringSubmatch(token)
	cookie := tokenCookie.FindStringSubmatch(token)
	if page == nil || cookie == nil {
		return pageStart{}, malformedToken()
	}
	n, err := strconv.Atoi(page[1])
	if err != nil || n < 1 {
		return pageStart{}, malformedToken()
	}
	inner, err := url.QueryUnescape(cookie[1])
	if err != nil {
		return pageStart{}, malformedToken()
	}
	last := cookieLast.FindStringSubmatch(inner)
	if last == nil {
		return pageStart{}, malformedToken()
	}
	id, ok := parseGUID(last[1])
	if !ok {
		return pageStart{}, malformedToken()
	}
	return pageStart{page: n, hasLast: true, last: id, skip: (n - 1) * size}, nil
}

// nextLink gives the address of the following page: the query as it came, with an XML cookie,
// encoded twice.
func (c *call) nextLink(q *odataQuery, page int, rows []uint32) string {
	return c.again(q, fmt.Sprintf(`$skiptoken=%%3Ccookie%%20pagenumber=%%22%d%%22%%20pagingcookie=%%22%s%%22%%20istracking=%%22False%%22%%20/%%3E`,
		page+1, twiceEncoded(q.table.cookie(page, rows))))
}

// cookie tells where a page began and ended.
func (t *table) cookie(page int, rows []uint32) string {
	first, last := t.ids[rows[0]].String(), t.ids[rows[len(rows)-1]].String()
	return fmt.Sprintf(`<cookie page="%d"><%s last="{%s}" first="{%s}" /></cookie>`, page, t.primaryID, strings.ToUpper(last), strings.ToUpper(first))
}

// again gives the address of the query as it came, with another token.
func (c *call) again(q *odataQuery, token string) string {
	var kept []string
	for _, pair := range splitPairs(c.query) {
		name, _, _ := strings.Cut(pair, "=")
		if name = unescape(name); name != "$skiptoken" && name != "$deltatoken" {
			kept = append(kept, safeInURL(pair))
		}
	}
	return c.api() + cmp.Or(q.path, q.table.set) + "?" + strings.Join(append(kept, token), "&")
}

// twiceEncoded percent-encodes with lower-case digits, and then the percent signs again.
func twiceEncoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isWord(c) && strings.IndexByte("_./:+@$*", c) < 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%25%02x", c)
	}
	return b.String()
}

// safeInURL encodes what a batch part may hold raw but a link must not: blanks, quotes and
// non-ASCII.
func safeInURL(pair string) string {
	var b strings.Builder
	for i := range len(pair) {
		if c := pair[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^`+"`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(pair[i])
	}
	return b.String()
}

package simulator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one Web API operation: a request, or one part of a batch.
type call struct {
	server  *Server
	method  string
	root    string // scheme and host, as the client wrote them
	version string // v9.0, v9.1, v9.2
	target  string // path and query as sent, for error texts
	path    string // decoded, behind /api/data/v9.x/
	query   string // still encoded
	header  http.Header
	body    []byte
	prefer  preferences
	kind    string
	app     application // that signed in
	inBatch bool
	refs    map[string]string // Content-ID -> URL of what that part made, inside a change set
	tx      *tx               // the change set's
	visit   *visit            // the load of the request on its server
	rows    int               // rows written
}

// reply is the answer to a call.
type reply struct {
	status  int
	header  [][2]string
	body    []byte
	foreign bool // by something else than the service
}

const (
	typeJSON      = "application/json; odata.metadata=minimal"
	typeBatchJSON = "application/json; odata.metadata=minimal; odata.streaming=true"
	typeText      = "text/plain"
)

// api is the address below which the entity sets lie.
func (c *call) api() string { return c.root + "/api/data/" + c.version + "/" }

func (c *call) context(fragment string) string { return c.api() + "$metadata#" + fragment }

func (c *call) json(status int, body []byte) *reply {
	kind := typeJSON
	if c.inBatch {
		kind = typeBatchJSON
	}
	return &reply{status: status, header: [][2]string{{"Content-Type", kind}, {"OData-Version", "4.0"}}, body: body}
}

func noContent() *reply {
	return &reply{status: http.StatusNoContent, header: [][2]string{{"OData-Version", "4.0"}}}
}

func (r *reply) with(name, value string) *reply {
	if value != "" {
		r.header = append(r.header, [2]string{name, value})
	}
	return r
}

// failed makes the reply of an error.
func (c *call) failed(e *apiError) *reply {
	r := &reply{status: e.status, body: e.appendBody(nil, c.prefer.annotates("Microsoft.PowerApps.CDS.ErrorDetails"))}
	r.header = append(r.header, [2]string{"REQ_ID", newGUID().String()})
	if e.html {
		return r.with("Content-Type", "text/html").withAll(e.header)
	}
	return r.with("Content-Type", typeJSON).with("OData-Version", "4.0").withAll(e.header)
}

func (r *reply) withAll(header [][2]string) *reply {
	r.header = append(r.header, header...)
	return r
}

// conditions reads If-Match and If-None-Match; the literal null, which Microsoft's samples send,
// means nothing.
func (c *call) condition(name string) string {
	v := strings.TrimSpace(c.header.Get(name))
	if v == "null" {
		return ""
	}
	return v
}

// entityURL is the canonical address of a row.
func (c *call) entityURL(t *table, id guid) string { return c.api() + t.set + "(" + id.String() + ")" }

func etag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// pathSegment is one step of a path: a name and what stands in its parentheses.
type pathSegment struct {
	name string
	args string
	call bool // there were parentheses
}

func (s pathSegment) String() string {
	if s.call {
		return s.name + "(" + s.args + ")"
	}
	return s.name
}

// splitPath cuts a decoded path at the slashes outside quotes and parentheses.
func splitPath(path string) []pathSegment {
	var segments []pathSegment
	for _, part := range splitOutside(strings.Trim(path, "/"), '/') {
		name, args, called := strings.Cut(part, "(")
		if called && strings.HasSuffix(args, ")") {
			segments = append(segments, pathSegment{name, args[:len(args)-1], true})
			continue
		}
		segments = append(segments, pathSegment{name: part})
	}
	return segments
}

// splitOutside cuts at a byte that stands outside quotes, parentheses and brackets.
func splitOutside(s string, at byte) []string {
	var parts []string
	start, depth, quote := 0, 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == at && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// parameters reads a query string; the last of equal names wins. Clients encode it fully, partly or
// not at all, and write a blank as it is, as %20 or as +.
func parameters(query string) map[string]string {
	values := map[string]string{}
	for _, pair := range splitPairs(query) {
		name, value, _ := strings.Cut(pair, "=")
		values[unescape(name)] = unescape(value)
	}
	return values
}

// splitPairs cuts at ampersands. An ampersand inside a quoted text that was not encoded ends it, as
// everywhere.
func splitPairs(query string) []string {
	if query == "" {
		return nil
	}
	return strings.Split(query, "&")
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return strings.ReplaceAll(s, "+", " ") // a stray percent sign: take it as it is
}

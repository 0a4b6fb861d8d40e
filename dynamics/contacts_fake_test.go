package dynamics_test

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// refusal is what contacts says to one row.
type refusal struct {
	status        int
	code, message string
}

// contacts is a table of contacts: UpdateMultiple is all or nothing, $batch and PATCH are row by
// row. Rows that refuse finds fault with are not written; written counts how often each row was.
type contacts struct {
	*fake
	refuse  func(id string, values gjson.Result) *refusal
	whole   func(r request, rows int) *refusal // refuses a request as such
	written map[string]int
	stops   bool // a $batch ends at its first error, as without odata.continue-on-error
	cut     int  // the answer to a $batch is cut behind so many parts; -1: before the first
	spent   int  // rows in all requests, refused ones included
}

func newContacts(t *testing.T, refuse func(id string, values gjson.Result) *refusal) *contacts {
	c := &contacts{refuse: refuse, written: map[string]int{}}
	c.fake = newFake(t, c.serve)
	return c
}

func (c *contacts) serve(w http.ResponseWriter, r request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case strings.HasSuffix(r.Path, "UpdateMultiple") && r.Method == http.MethodPost:
		c.multiple(w, r)
	case r.Path == "$batch" && r.Method == http.MethodPost:
		c.batch(w, r)
	case strings.HasPrefix(r.Path, "contacts(") && r.Method == http.MethodPatch:
		c.patch(w, r)
	case r.Path == "contacts" && r.Method == http.MethodGet:
		c.read(w, r)
	default:
		refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment.")
	}
}

func (c *contacts) multiple(w http.ResponseWriter, r request) {
	targets := gjson.Get(r.Body, "Targets").Array()
	c.spent += len(targets)
	if no := c.refusesWhole(r, len(targets)); no != nil {
		refuse(w, no.status, no.code, no.message)
		return
	}
	for _, target := range targets {
		require.Equal(c.t, "Microsoft.Dynamics.CRM.contact", target.Get(`@odata\.type`).String())
		if no := c.refuse(target.Get("contactid").String(), target); no != nil {
			refuse(w, no.status, no.code, no.message)
			return
		}
	}
	for _, target := range targets {
		c.written[target.Get("contactid").String()]++
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *contacts) patch(w http.ResponseWriter, r request) {
	c.spent++
	require.Equal(c.t, "*", r.Header.Get("If-Match"), "never creates")
	if no := c.refusesWhole(r, 1); no != nil {
		refuse(w, no.status, no.code, no.message)
		return
	}
	id := strings.TrimSuffix(strings.TrimPrefix(r.Path, "contacts("), ")")
	if no := c.refuse(id, gjson.Parse(r.Body)); no != nil {
		refuse(w, no.status, no.code, no.message)
		return
	}
	c.written[id]++
	w.WriteHeader(http.StatusNoContent)
}

// read gives the contacts of an In-list that are not missing.
func (c *contacts) read(w http.ResponseWriter, r request) {
	query, err := url.ParseQuery(r.Query)
	require.NoError(c.t, err)
	var rows []string
	for _, id := range idPattern.FindAllString(query.Get("$filter"), -1) {
		if no := c.refuse(id, gjson.Result{}); no == nil || no.status != http.StatusNotFound {
			rows = append(rows, fmt.Sprintf(`{"contactid":%q}`, id))
		}
	}
	reply(w, `{"value":[%s]}`, strings.Join(rows, ","))
}

var idPattern = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func (c *contacts) refusesWhole(r request, rows int) *refusal {
	if c.whole == nil {
		return nil
	}
	return c.whole(r, rows)
}

func (c *contacts) batch(w http.ResponseWriter, r request) {
	require.Equal(c.t, "odata.continue-on-error", r.Header.Get("Prefer"))
	require.NotContains(c.t, strings.ReplaceAll(r.Body, "\r\n", ""), "\n", "lines end in CRLF")
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(c.t, err)
	var parts []string
	for reader := multipart.NewReader(strings.NewReader(r.Body), params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(c.t, err)
		data, err := io.ReadAll(part)
		require.NoError(c.t, err)
		parts = append(parts, string(data))
	}
	c.spent += len(parts)
	if no := c.refusesWhole(r, len(parts)); no != nil {
		refuse(w, no.status, no.code, no.message)
		return
	}
	w.Header().Set("Content-Type", "multipart/mixed; boundary=batchresponse_1")
	for n, part := range parts {
		if n == c.cut && n > 0 || c.cut < 0 {
			return
		}
		answer := c.operation(part)
		fmt.Fprint(w, "--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"+answer)
		if c.stops && !strings.HasPrefix(answer, "HTTP/1.1 204") {
			break
		}
	}
	fmt.Fprint(w, "--batchresponse_1--\r\n")
}

func (c *contacts) operation(part string) string {
	head, body, ok := strings.Cut(part, "\r\n\r\n")
	require.True(c.t, ok)
	require.Contains(c.t, head, "If-Match: *", "never creates")
	id := head[strings.Index(head, "(")+1 : strings.Index(head, ")")]
	if no := c.refuse(id, gjson.Parse(body)); no != nil {
		return fmt.Sprintf("HTTP/1.1 %d %s\r\nREQ_ID: 1\r\nContent-Type: application/json\r\n\r\n{\"error\":{\"code\":%q,\"message\":%q}}\r\n", no.status, http.StatusText(no.status), no.code, no.message)
	}
	c.written[id]++
	return "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n"
}

package simulator_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// part is one operation of a batch as most clients write it.
func part(request string, body string) string {
	text := "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" + request + " HTTP/1.1\r\n"
	if body == "" {
		return text + "\r\n\r\n"
	}
	return text + "Content-Type: application/json; type=entry\r\nIf-Match: *\r\n\r\n" + body + "\r\n"
}

func batchOf(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--batch_b1\r\n" + p)
	}
	return b.String() + "--batch_b1--\r\n"
}

func (e *environment) batch(body string, headers ...string) answer {
	return e.api(http.MethodPost, "$batch", body, append([]string{"Content-Type", `multipart/mixed; boundary="batch_b1"`, "OData-Version", "4.0"}, headers...)...)
}

// inner gives the status lines of a batch's answers.
func (a answer) inner() []string {
	return regexp.MustCompile(`HTTP/1.1 \d{3} [^\r]+`).FindAllString(a.body, -1)
}

func patch(id, members string) string {
	return part("PATCH /api/data/v9.2/contacts("+id+")", "{"+members+"}")
}

const (
	lineNoContent = "HTTP/1.1 204 No Content"
	lineNotFound  = "HTTP/1.1 404 Not Found"
)

func TestBatchBytes(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.batch(batchOf(patch(contact(0), `"firstname":"x"`), patch(absentID, `"firstname":"x"`)), "Prefer", "odata.continue-on-error")
	require.Equal(t, http.StatusOK, a.status)
	boundary := strings.TrimPrefix(a.header.Get("Content-Type"), "multipart/mixed; boundary=")
	require.Regexp(t, `^batchresponse_[0-9a-f-]{36}$`, boundary)
	entity := e.url + "/api/data/v9.2/contacts(" + contact(0) + ")"
	want := "--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" +
		lineNoContent + "\r\nOData-Version: 4.0\r\nLocation: " + entity + "\r\nOData-EntityId: " + entity + "\r\n\r\n\r\n" +
		"--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" +
		lineNotFound + "\r\nREQ_ID: ID\r\nContent-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n\r\n" +
		`{"error":{"code":"0x80040217","message":"Entity 'contact' With Id = ` + absentID + ` Does Not Exist"}}` + "\r\n--" + boundary + "--\r\n"
	require.Equal(t, want, regexp.MustCompile(`REQ_ID: [^\r]+`).ReplaceAllString(a.body, "REQ_ID: ID"))
}

func TestBatchStopsAtTheFirstError(t *testing.T) {
	e := start(t, simulator.Options{})
	body := batchOf(patch(contact(0), `"acme_vipstatus":"a"`), patch(absentID, `"acme_vipstatus":"b"`), patch(contact(1), `"acme_vipstatus":"c"`))
	a := e.batch(body)
	require.Equal(t, http.StatusNotFound, a.status, "the outer status is the failing operation's")
	require.Equal(t, []string{lineNoContent, lineNotFound}, a.inner())
	require.Equal(t, "a", e.statuses()[contact(0)], "what came before stays")
	require.Empty(t, e.statuses()[contact(1)])

	a = e.batch(body, "Prefer", "odata.continue-on-error")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, []string{lineNoContent, lineNotFound, lineNoContent}, a.inner())
	require.Equal(t, "c", e.statuses()[contact(1)])
	require.Equal(t, 3, e.stats().RowsWritten)
}

// Parts in all the forms that clients are known to send.
func TestBatchForms(t *testing.T) {
	e := start(t, simulator.Options{})
	id := contact(0)
	head := "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	for name, c := range map[string]struct{ contentType, body string }{
		"no blank line behind the headers": {"multipart/mixed;boundary=x", "--x\r\n" + head + "GET /api/data/v9.2/contacts(" + id + ") HTTP/1.1\r\nAccept: application/json\r\n--x--"},
		"absolute URL, blanks and quotes":  {"multipart/mixed; boundary=x", "--x\r\n" + head + "GET " + e.url + "/api/data/v9.2/contacts?$filter=lastname ne 'ö HTTP/1.1'&$orderby=lastname desc HTTP/1.1\r\n\r\n\r\n--x--\r\n"},
		"leading line end":                 {`multipart/mixed; boundary="x"`, "\r\n--x\r\n" + head + "PATCH /api/data/v9.2/contacts(" + id + ") HTTP/1.1\r\ncontent-id: 0\r\ncontent-type: application/json\r\n\r\n{\"firstname\":\"\\u00e9\"}\r\n--x--\r\n"},
		"relative URL":                     {"multipart/mixed; boundary=x", "--x\r\n" + head + "GET contacts(" + id + ") HTTP/1.1\r\n\r\n--x--\r\n"},
		"no trailing line end":             {"multipart/mixed; boundary=x", "--x\r\n" + head + "PATCH contacts(" + id + ") HTTP/1.1\r\n\r\n{\"firstname\":\"ü\"}\r\n--x--"},
	} {
		t.Run(name, func(t *testing.T) {
			a := e.api(http.MethodPost, "$batch", c.body, "Content-Type", c.contentType)
			require.Equal(t, http.StatusOK, a.status, a.body)
			require.Len(t, a.inner(), 1)
			require.True(t, strings.HasPrefix(a.body, "--batchresponse_"), "no preamble")
		})
	}
}

func TestBatchOfOneLongGet(t *testing.T) {
	e := start(t, simulator.Options{})
	get := func(n int) answer {
		return e.batch(batchOf(part("GET /api/data/v9.2/contacts?$top=1&tag="+strings.Repeat("x", n), "")))
	}
	require.Equal(t, http.StatusOK, get(60000).status)
	require.Equal(t, http.StatusRequestURITooLong, get(70000).status)
}

func changeSet(items ...string) string {
	text := "Content-Type: multipart/mixed; boundary=\"changeset_c1\"\r\n\r\n"
	for i, item := range items {
		text += "--changeset_c1\r\n" + strings.Replace(item, "binary\r\n", fmt.Sprintf("binary\r\nContent-ID: %d\r\n", i+1), 1)
	}
	return text + "--changeset_c1--\r\n\r\n"
}

func TestChangeSet(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.batch(batchOf(changeSet(
		part("POST /api/data/v9.2/accounts", `{"name":"IcM Account"}`),
		part("POST "+e.url+"/api/data/v9.2/contacts", `{"lastname":"Oncall"}`),
		part("PATCH $1", `{"primarycontactid@odata.bind":"$2"}`),
		part("PUT $2/jobtitle", `{"value":"Chef"}`)), part("GET /api/data/v9.2/contacts?$filter=lastname eq 'Oncall'&$select=jobtitle", "")))
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Equal(t, []string{lineNoContent, lineNoContent, lineNoContent, lineNoContent, "HTTP/1.1 200 OK"}, a.inner())
	require.Regexp(t, `^--batchresponse_[^\r]+\r\nContent-Type: multipart/mixed; boundary=changesetresponse_[^\r"]+\r\n\r\n--changesetresponse_`, a.body)
	for i := 1; i <= 4; i++ {
		require.Contains(t, a.body, fmt.Sprintf("Content-ID: %d\r\n", i))
	}
	require.Contains(t, a.body, `"jobtitle":"Chef"`)
	accounts := e.rows("accounts?$filter=name eq 'IcM Account'")
	require.Len(t, accounts, 1)
	require.NotNil(t, accounts[0]["_primarycontactid_value"])
}

func TestChangeSetIsAtomic(t *testing.T) {
	e := start(t, simulator.Options{})
	before := e.control(http.MethodGet, "contacts?select=contactid,firstname,lastname,acme_vipstatus,versionnumber,modifiedon", "").body
	set := changeSet(
		patch(contact(0), `"acme_vipstatus":"a","firstname":null`),
		part("POST /api/data/v9.2/contacts", `{"lastname":"New"}`),
		part("DELETE /api/data/v9.2/contacts("+contact(1)+")", ""),
		patch(contact(2), `"firstname":"`+strings.Repeat("x", 51)+`"`),
		patch(contact(3), `"firstname":"x"`))
	for _, prefer := range []string{"", "odata.continue-on-error"} {
		a := e.batch(batchOf(set, patch(contact(4), `"acme_vipstatus":"after"`)), "Prefer", prefer)
		lines := []string{"HTTP/1.1 400 Bad Request"}
		if prefer == "" {
			require.Equal(t, before, e.control(http.MethodGet, "contacts?select=contactid,firstname,lastname,acme_vipstatus,versionnumber,modifiedon", "").body)
			require.Equal(t, http.StatusBadRequest, a.status)
		} else {
			lines = append(lines, lineNoContent)
			require.Equal(t, "after", e.statuses()[contact(4)])
		}
		require.Equal(t, lines, a.inner(), "the answer of a failed set holds the failing item alone")
		require.Contains(t, a.body, "Content-ID: 4\r\n")
		require.Contains(t, a.body, "0x80044331")
	}
	require.Equal(t, 1, e.stats().RowsWritten)
}

func TestChangeSetRefusals(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.batch(batchOf(changeSet(part("GET /api/data/v9.2/contacts", ""))))
	require.Equal(t, http.StatusBadRequest, a.status)
	a = e.batch(batchOf(changeSet(part("PATCH $7", `{"lastname":"x"}`))))
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "Content-ID Reference: '$7' does not exist in the batch context.")
}

func TestBatchLineEnds(t *testing.T) {
	e := start(t, simulator.Options{})
	body := strings.ReplaceAll(batchOf(part("POST /api/data/v9.2/contacts", `{"lastname":"x"}`)), "\r\n", "\n")
	a := e.batch(body)
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "0x80048d19")
	require.Contains(t, a.body, "InnerException : System.ArgumentException: Stream was not readable.")
	require.Equal(t, 10, e.server.Contacts())
	saved := strings.Replace(body, "}\n", "}\n\n\n", 1)
	require.Equal(t, http.StatusOK, e.batch(saved).status, "two extra line ends save the body")
}

// Whether the service takes a batch without its end is not published: its reader does. Nothing of
// it is passed over in silence.
func TestBatchWithoutItsEnd(t *testing.T) {
	e := start(t, simulator.Options{})
	whole := batchOf(patch(contact(0), `"acme_vipstatus":"a"`), patch(contact(1), `"acme_vipstatus":"b"`))
	open := strings.TrimSuffix(whole, "--batch_b1--\r\n")
	require.Equal(t, []string{lineNoContent, lineNoContent}, e.batch(open).inner())
	require.Equal(t, "b", e.statuses()[contact(1)])
	cut := e.batch(strings.TrimSuffix(open, "}\r\n"))
	require.Equal(t, []string{lineNoContent, "HTTP/1.1 400 Bad Request"}, cut.inner(), "a body that was cut")
	inSet := e.batch(strings.Split(batchOf(changeSet(part("POST /api/data/v9.2/contacts", `{"lastname":"x"}`))), "--changeset_c1--")[0])
	require.Equal(t, []string{lineNoContent}, inSet.inner())
	require.Equal(t, 11, e.server.Contacts())
}

func TestBatchRefusedAsAWhole(t *testing.T) {
	e := start(t, simulator.Options{})
	parts := make([]string, 1001)
	for i := range parts {
		parts[i] = part("GET /api/data/v9.2/WhoAmI", "")
	}
	for name, a := range map[string]answer{
		"too many":   e.batch(batchOf(parts...)),
		"no parts":   e.batch("--batch_b1--\r\n"),
		"other type": e.api(http.MethodPost, "$batch", batchOf(parts[0]), "Content-Type", "application/json"),
		"no request": e.batch(batchOf("Content-Type: application/http\r\n\r\nnonsense\r\n")),
	} {
		t.Run(name, func(t *testing.T) { a.refused(t, http.StatusBadRequest, "0x80060888", "") })
	}
	elsewhere := part("GET https://other.crm.dynamics.com/api/data/v9.2/contacts?$top=1", "")
	e.batch(batchOf(parts[0], elsewhere)).refused(t, http.StatusBadRequest, "0x80060888", // https://github.com/AleksandrRogov/DynamicsWebApi/issues/164
		"The URI 'https://other.crm.dynamics.com/api/data/v9.2/contacts?$top=1' is not valid because it is not based on '"+e.url+"/api/data/v9.2/'.")
	require.Equal(t, http.StatusOK, e.batch(batchOf(parts[:1000]...)).status)
	nested := e.batch(batchOf(part("POST /api/data/v9.2/$batch", "{}")))
	require.Equal(t, []string{"HTTP/1.1 400 Bad Request"}, nested.inner())
}

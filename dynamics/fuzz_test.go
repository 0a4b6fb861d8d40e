package dynamics

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

func FuzzParseBatch(f *testing.F) {
	const kind = "multipart/mixed; boundary=batchresponse_1"
	part := "--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	ok := part + "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n\r\n"
	bad := part + "HTTP/1.1 404 Not Found\r\nREQ_ID: 1\r\nContent-Type: application/json\r\n\r\n{\"error\":{\"code\":\"0x80040217\",\"message\":\"x\"}}\r\n"
	f.Add(kind, ok+bad+"--batchresponse_1--\r\n")
	f.Add(kind, ok+bad)
	f.Add(kind, "\r\n"+ok+"--batchresponse_1--")
	f.Add(`multipart/mixed;boundary="batchresponse_1"`, part+"HTTP/1.1 204\r\n--batchresponse_1--")
	f.Add(kind, part+"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n--batchresponse_1--")
	f.Add(kind, part+"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx\r\n--batchresponse_1--")
	f.Add("multipart/mixed", "")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		parts, err := parseBatch(contentType, []byte(body))
		require.LessOrEqual(t, len(parts), MaxRequestSize+1)
		require.False(t, err == nil && len(parts) == 0, "no answer at all is none that one can rely on")
		for _, p := range parts {
			require.GreaterOrEqual(t, p.status, http.StatusOK)
		}
	})
}

func FuzzResponseError(f *testing.F) {
	for _, body := range []string{
		`{"error":{"code":"0x80040217","message":"Contact With Ids = 1 Do Not Exist"}}`, `{"error":{"code":"","message":""}}`, `{"Message":"old"}`,
		`{"ErrorCode":"-2147220969","message":"x"}`, `{"error":{"code":-2147204784,"message":"Sql Number: 1205"}}`, `{"error":null}`, `[]`, `"text"`, `<html>`, ``, `{"error":{"code":"a\nb c"}}`,
	} {
		f.Add(400, body, "12")
	}
	f.Add(429, `{}`, "Wed, 21 Oct 2026 07:28:00 GMT")
	f.Fuzz(func(t *testing.T, status int, body, retryAfter string) {
		e := responseError("test", status, http.Header{"Retry-After": {retryAfter}, "Req_id": {retryAfter}}, []byte(body), time.Unix(0, 0))
		require.NotContains(t, e.Error(), "\n")
		require.NotEmpty(t, e.Class())
		require.GreaterOrEqual(t, e.RetryAfter, time.Duration(0))
		require.LessOrEqual(t, e.RetryAfter, maxRetryAfter)
		require.LessOrEqual(t, len(e.Message), maxMessage)
		if status == http.StatusTooManyRequests {
			require.Positive(t, e.RetryAfter)
			require.True(t, e.Throttled())
		}
	})
}

func FuzzParseChallenge(f *testing.F) {
	f.Add("Bearer authorization_uri=https://login.microsoftonline.us/11111111-1111-1111-1111-111111111111/oauth2/authorize,\r\n resource_id=https://org.crm.microsoftdynamics.us/")
	f.Add(`bearer resource_id="x", authorization_uri="https://login.microsoftonline.com/contoso.com/oauth2/authorize"`)
	f.Add(`Negotiate, Bearer authorization_uri=`)
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		ch := parseChallenge(header)
		require.True(t, ch.tenant == "" || tenantPattern.MatchString(ch.tenant))
	})
}

func FuzzNextPath(f *testing.F) {
	base, err := url.Parse("https://org.crm4.dynamics.com")
	require.NoError(f, err)
	c := &Client{base: base}
	f.Add("https://org.crm4.dynamics.com/api/data/v9.2/contacts?$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E")
	f.Add("https://org.api.crm4.dynamics.com/api/data/v9.2/contacts?$skiptoken=1")
	f.Add("https://org.crm4.dynamics.com.evil.example/api/data/v9.2/contacts")
	f.Add("https://org.crm4.dynamics.com/api/data/v9.2/../../evil")
	f.Add("https://org.crm4.dynamics.com/api/data/v9.2//evil.example/")
	f.Add("")
	f.Fuzz(func(t *testing.T, link string) {
		path, err := c.nextPath(link)
		if err != nil || path == "" {
			return
		}
		req, err := c.newRequest(t.Context(), call{method: http.MethodGet, path: path}, "token")
		if err == nil {
			require.Equal(t, base.Host, req.URL.Host)
			require.Equal(t, base.Scheme, req.URL.Scheme)
			require.True(t, strings.HasPrefix(req.URL.Path, apiPath))
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 10, 21, 7, 28, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"12": 12 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-3": 0, "": 0, "soon": 0, "NaN": 0, "1.5": 1500 * time.Millisecond, "1e30": maxRetryAfter,
		"Wed, 21 Oct 2026 07:28:30 GMT": 30 * time.Second, "Wed, 21 Oct 2026 07:27:00 GMT": 0, "Fri, 01 Jan 2100 00:00:00 GMT": maxRetryAfter,
	} {
		require.Equal(t, want, parseRetryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
	skewed := http.Header{"Retry-After": {"Wed, 21 Oct 2026 07:28:30 GMT"}, "Date": {"Wed, 21 Oct 2026 07:28:20 GMT"}}
	require.Equal(t, 10*time.Second, parseRetryAfter(skewed, now), "by the server's own clock")
	for value, want := range map[string]time.Duration{
		"0": atOnce, " 00 ": atOnce, "0.0": atOnce, "-3": defaultRetryAfter, "": defaultRetryAfter, "soon": defaultRetryAfter, "23": 23 * time.Second,
	} {
		e := responseError("test", http.StatusTooManyRequests, http.Header{"Retry-After": {value}}, nil, now)
		require.Equal(t, want, e.RetryAfter, value)
	}
}

func TestErrorBodies(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		code   string
		class  Class
		reason string
	}{
		{404, `{"error":{"code":"0x80040217","message":"x"}}`, "0x80040217", NotFound, "contact_not_found"},
		{500, `{"error":{"code":"0X80044150","message":"Generic SQL error. Sql Number: 1205"}}`, "0x80044150", Deadlock, "deadlock"},
		{500, `{"error":{"code":"0x80044150","message":"Generic SQL error. Sql Number: 8152"}}`, "0x80044150", ServerError, "server_error"},
		{500, `{"error":{"code":"0x80044150","message":"Sql Number: 40613 Database db_x on server sql-x is not currently available."}}`, "0x80044150", ServerError, "server_error"},
		{500, `{"error":{"code":"0x80044150","message":""}}`, "0x80044150", ServerError, "server_error"},
		{500, `{"error":{"code":"0x80040216","message":"An unexpected error occurred."}}`, "0x80040216", ServerError, "server_error"},
		{500, `{"error":{"code":"-2147204783","message":"SQL timeout"}}`, "0x80044151", TooLarge, "timeout"},
		{500, `{"error":{"code":"0x80040216","message":"Message size exceeded when sending context to Sandbox"}}`, "message_size", TooLarge, "too_large"},
		{413, ``, "", TooLarge, "too_large"},
		{400, `{"Message":"old shape"}`, "", Rejected, "invalid_value"},
		{503, `<html>`, "", Unavailable, "unavailable"},
		{504, `<html>`, "", TimedOut, "timeout"},
		{521, `<html>`, "", Unavailable, "unavailable"},
		{409, `{}`, "not_dataverse", Unavailable, "not_dataverse"},
		{403, `<html>The site is under maintenance`, "not_dataverse", Unavailable, "not_dataverse"},
		{404, `{"statusCode":404,"message":"Resource not found"}`, "not_dataverse", Unavailable, "not_dataverse"},
		{403, `{"error":{"code":"Forbidden","message":"another service"}}`, "not_dataverse", Unavailable, "not_dataverse"},
		{404, `{"error":{"code":"","message":"No HTTP resource was found"}}`, "", NotFound, "not_found"},
		{401, `HTTP Error 401 - Unauthorized: Access is denied`, "", Unauthorized, "sign_in"},
		{500, ``, "", Unavailable, "server_error"},
		{400, `{"error":{"code":"0x80040265","message":"Example Error Message." "@Microsoft":1}}`, "0x80040265", Rejected, "plugin_error"},
		{400, `{"error":{"code":"0x80040265","mess`, "0x80040265", Rejected, "plugin_error"},
		{400, `{"error":{"message":"cut in the mid`, "not_dataverse", Unavailable, "not_dataverse"},
		{307, ``, "redirect", Misconfigured, "misconfigured"},
		{403, `{"error":{"code":"0x8004F507","message":"secured field"}}`, "0x8004f507", Forbidden, "no_privilege"},
	} {
		e := responseError("test", tc.status, http.Header{}, []byte(tc.body), time.Time{})
		require.Equal(t, tc.code, e.Code, tc.body)
		require.Equal(t, tc.class, e.Class(), tc.body)
		require.Equal(t, tc.reason, e.Explain().Reason, tc.body)
	}
}

// FuzzAnswers reads any JSON as pages of contacts and as metadata.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"value":[{"@odata.etag":"W/\"1\"","contactid":"5e41ab08-7439-411e-a9e4-9b199086d8d3","firstname":null,"birthdate":"2020-02-30","creditlimit":1e400,"modifiedon":"2020-01-02T03:04:05Z"}]}`,
		`{"value":[{"LogicalName":"x","AttributeType":"String","MaxLength":-1,"DisplayName":{"LocalizedLabels":[{"Label":"a"}],"UserLocalizedLabel":null}}]}`,
		`{"value":[{"OptionSet":{"Options":[{"Value":1,"Label":{"UserLocalizedLabel":{"Label":"a"}}}]},"@odata.type":"#Microsoft.Dynamics.CRM.PicklistAttributeMetadata"}]}`,
		`{"value":{}}`, `[]`, `{"value":[1,"x",null,[{}]]}`,
	} {
		f.Add([]byte(seed))
	}
	var columns []Column
	for kind, name := range map[Type]string{TypeString: "firstname", TypeDate: "birthdate", TypeMoney: "creditlimit", TypeDateTime: "lastusedincampaign", TypeChoice: "gendercode"} {
		columns = append(columns, Column{LogicalName: name, Type: kind})
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !gjson.ValidBytes(body) {
			return
		}
		value := gjson.ParseBytes(body).Get("value")
		contacts, _ := readPage(value.Array(), columns, ReadOptions{Modified: true})
		for _, contact := range contacts {
			require.Len(t, contact.Values, len(columns))
			require.True(t, guidPattern.MatchString(contact.ID))
		}
		for _, v := range value.Array() {
			a := readAttribute(v)
			for _, cast := range casts() {
				cast.apply(a, v)
			}
		}
	})
}

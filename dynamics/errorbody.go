package dynamics

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

const (
	// defaultRetryAfter stands in where a 429 does not say how long to wait.
	defaultRetryAfter = 5 * time.Second
	// atOnce is what a Retry-After of 0 means: now, but for a breath, so that refusals in a row
	// make no storm.
	atOnce = 100 * time.Millisecond
	// maxRetryAfter bounds what a broken header can do; documented waits are minutes.
	maxRetryAfter = time.Hour
	// maxMessage bounds how much of the server's text is kept with a rejected row.
	maxMessage = 4096
)

// responseError turns an answer that is not a success into an Error. now is for a Retry-After that
// is a date.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors#parse-errors-from-the-response
func responseError(op string, status int, header http.Header, body []byte, now time.Time) *Error {
	e := &Error{Op: op, StatusCode: status, RequestID: requestID(header)}
	e.Code, e.Message, e.said = parseErrorBody(body)
	if status == http.StatusTooManyRequests || header.Get("Retry-After") != "" {
		e.RetryAfter = parseRetryAfter(header, now)
	}
	switch {
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		e.Code = codeRedirect
	case status == http.StatusTooManyRequests:
		e.class = Throttled
		switch {
		case e.RetryAfter > 0:
		case zeroPattern.MatchString(header.Get("Retry-After")):
			e.RetryAfter = atOnce
		default:
			e.RetryAfter = defaultRetryAfter
		}
	case !e.said:
		e.classifyByStatus()
	case strings.Contains(strings.ToLower(e.Message), "message size exceeded"):
		e.Code = codeMessageSize
	case status == http.StatusUnauthorized:
		e.class = Unauthorized
	case e.Code == codePrivilegeDenied:
		e.detail = privilegePattern.FindString(e.Message)
	}
	return e
}

// classifyByStatus settles what a status means that came without Dynamics' own word. What a gateway
// says of the request itself (too long, too large) is as good as Dynamics' word, and a 401 is
// answered by a new token; all else was said in its place.
func (e *Error) classifyByStatus() {
	switch status := e.StatusCode; {
	case status == http.StatusUnauthorized:
		e.class = Unauthorized
	case status >= http.StatusInternalServerError:
		e.Code = ""
		if status != http.StatusGatewayTimeout {
			e.class = Unavailable
		}
	case status == http.StatusRequestTimeout, status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong:
	default:
		e.Code = codeAnswer
	}
}

// parseErrorBody takes code and message out of the shapes that Dataverse answers in:
// {"error":{...}} with a code that is its own or empty, or {"Message":...}. Of text, HTML and the
// errors of other services nothing is kept, and said is false. The code is in lower case; a decimal
// one is turned into hex. Where the JSON is broken or cut, a code of Dataverse's counts.
func parseErrorBody(body []byte) (code, message string, said bool) {
	root := gjson.ParseBytes(body)
	if !root.IsObject() {
		return "", "", false
	}
	node, names := root.Get("error"), [2]string{"code", "message"}
	if !node.IsObject() {
		node, names = root, [2]string{"ErrorCode", "Message"}
	}
	code, message = normalCode(node.Get(names[0]).String()), node.Get(names[1]).String()
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "")
	}
	if hexPattern.MatchString(code) {
		return code, message, true
	}
	said = message != "" && node.Get(names[0]).String() == "" && gjson.ValidBytes(body)
	if !said {
		message = ""
	}
	return "", message, said
}

// hexPattern is the form of Dataverse's codes: other services have words.
var hexPattern = regexp.MustCompile(`^0x[0-9a-f]{1,8}$`)

// privilegePattern finds the name of the privilege that is missing, the one part of such a text
// that is safe to show.
var privilegePattern = regexp.MustCompile(`\bprv[A-Za-z0-9_]{1,100}\b`)

// codePattern keeps text of the server's out of what is shown as a code.
var codePattern = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

func normalCode(code string) string {
	code = strings.ToLower(strings.TrimSpace(code))
	if n, err := strconv.ParseInt(code, 10, 64); err == nil && n < 0 && n >= -1<<31 {
		return "0x" + strconv.FormatUint(uint64(uint32(n)), 16)
	}
	if !codePattern.MatchString(code) {
		return ""
	}
	return code
}

// saysDeadlock is true if the text of a generic SQL error is about a deadlock: the same code comes
// with any failure of the database, such as one that fails over to another server.
func saysDeadlock(message string) bool {
	lower := strings.ToLower(message)
	return strings.Contains(lower, "1205") || strings.Contains(lower, "deadlock")
}

// requestID finds the id of the request in whichever header carries it.
// zeroPattern is a Retry-After that has passed already: it means now.
var zeroPattern = regexp.MustCompile(`^\s*0+(\.0*)?\s*$`)

func requestID(header http.Header) string {
	for _, name := range []string{"REQ_ID", "x-ms-service-request-id", "x-ms-request-id"} {
		if id := header.Get(name); id != "" && codePattern.MatchString(id) {
			return id
		}
	}
	return ""
}

// parseRetryAfter reads whole seconds or an HTTP date, measured from the answer's own Date where it
// has one, so that a wrong clock here does not matter. 0 means that there is none to be read.
func parseRetryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) { // also not a number
			return 0
		}
		if seconds > maxRetryAfter.Seconds() {
			return maxRetryAfter
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(header.Get("Date")); err == nil {
		now = sent
	}
	return max(0, min(at.Sub(now), maxRetryAfter))
}

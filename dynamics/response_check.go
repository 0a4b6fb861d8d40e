package dynamics

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// want is the success that Dynamics documents for a call. A proxy, a captive portal, a sign-in or
// maintenance page may answer in its place, also with a success: what is not exactly this is not
// believed.
type want struct {
	status int
	media  string // the content type; empty: there is no body
	// context is how what follows "$metadata#" in the @odata.context of a JSON document begins;
	// empty: whatever it is.
	context string
	// entity is the row that an OData-EntityId names, where there is one.
	entity string
}

const (
	mediaJSON  = "application/json"
	mediaBatch = "multipart/mixed"
	// typePrefix begins the context of what a function of Dataverse gives back.
	typePrefix = "Microsoft.Dynamics.CRM."
)

// written is the success of an update: 204 and nothing else.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api#basic-update
func written() want { return want{status: http.StatusNoContent} }

// document is the success of a read.
func document(context string) want {
	return want{status: http.StatusOK, media: mediaJSON, context: context}
}

// check compares a success with what the call wants, and reads its document; nil if Dynamics gave
// it.
func (c *Client) check(k call, a *response) *Error {
	switch {
	case a.status != k.want.status, !isODataVersion(a.header), a.corrupt:
		return c.notDynamics(k, a)
	case k.want.media == "" && !c.names(k.want.entity, a.header.Get("OData-EntityId")):
		return c.notDynamics(k, a)
	case k.want.media == mediaBatch && mediaType(a.header) != mediaBatch:
		return c.notDynamics(k, a)
	case k.want.media == mediaJSON:
		return c.checkDocument(k, a)
	}
	return nil
}

// checkDocument looks at a JSON answer: @odata.context tells whose it is and what it holds.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
func (c *Client) checkDocument(k call, a *response) *Error {
	if kind := mediaType(a.header); kind != "" && kind != mediaJSON || !gjson.ValidBytes(a.body) {
		return c.notDynamics(k, a)
	}
	a.document = gjson.ParseBytes(a.body)
	where, what, found := strings.Cut(a.document.Get(`@odata\.context`).String(), "$metadata#")
	if !found || !strings.HasPrefix(what, k.want.context) {
		return c.notDynamics(k, a)
	}
	if !c.isOurs(where) {
		return &Error{Op: k.op, StatusCode: a.status, Code: codeOtherEnvironment, RequestID: requestID(a.header), detail: "not " + c.base.Host}
	}
	return nil
}

// notDynamics is the failure of a call that something else than Dynamics answered. A write may have
// been done all the same: what answered may stand behind Dynamics as well as before it.
func (c *Client) notDynamics(k call, a *response) *Error {
	e := &Error{Op: k.op, StatusCode: a.status, Code: codeAnswer, RequestID: requestID(a.header), detail: c.base.Host}
	if kind := mediaType(a.header); kind != "" && kind != k.want.media {
		e.detail += ", " + kind
	}
	if k.write {
		e.class, e.action = Unknown, actionReadBack
	}
	return e
}

// isODataVersion is true if the answer carries the version of OData that Dataverse speaks.
func isODataVersion(header http.Header) bool {
	return strings.HasPrefix(header.Get("OData-Version"), "4.")
}

// mediaPattern keeps anything but a media type out of what is shown.
var mediaPattern = regexp.MustCompile(`^[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}$`)

// mediaType is the content type without its parameters; empty if there is none that can be read.
func mediaType(header http.Header) string {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")) // broken parameters do not matter
	if !mediaPattern.MatchString(kind) {
		return ""
	}
	return kind
}

// names is true if an OData-EntityId is that of the row that was written, or if there is nothing to
// compare.
func (c *Client) names(entity, id string) bool {
	return entity == "" || id == "" || c.isOurs(id) && strings.HasSuffix(strings.ToLower(id), "/"+strings.ToLower(entity))
}

// isOurs is true if an address in an answer is one of the environment's, or names no host.
func (c *Client) isOurs(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Host == "" || sameHost(u, c.base))
}

// sameHost also takes the form with ".api.", under which an environment answers as well.
func sameHost(a, b *url.URL) bool {
	strip := func(u *url.URL) string {
		host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(u.Host), ":443"), ":80")
		return strings.Replace(host, ".api.", ".", 1)
	}
	return strip(a) == strip(b)
}

package simulator

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kinds of fault that answer instead of the work, and those that change the answer when the work is
// done.
var (
	insteadKinds = []string{"status", "code", "outage", "html", "foreign", "empty", "redirect", "cut-before", "hang"}
	afterKinds   = []string{"cut-after", "hang-after", "slow-body", "truncated", "broken-gzip", "elsewhere"}
)

const (
	signInPage = `<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>Please sign in to go on.</body></html>`
	otherBody  = `[{"id":1,"name":"another service"}]`
	otherHost  = "https://other.crm.dynamics.com"
	// otherOrganization is whose environment otherHost is.
	otherOrganization = "0f6a1c3e-7b52-4d8e-9a41-c2d5e8f7b690"
)

var organizationPattern = regexp.MustCompile(`("OrganizationId":")[^"]*`)

// disguised is the answer of something else in the service's place, without anything of its
// headers; nil for other kinds.
func (f *Fault) disguised() *reply {
	r := &reply{status: f.Status, foreign: true}
	usual := http.StatusOK
	switch f.Kind {
	case "html":
		r.body = []byte(signInPage)
		r.with("Content-Type", "text/html; charset=utf-8")
	case "foreign":
		r.body = []byte(otherBody)
		r.with("Content-Type", "application/json; charset=utf-8")
	case "empty":
		usual = http.StatusNoContent
	case "redirect":
		usual = http.StatusFound
		r.with("Location", otherHost+"/")
	default:
		return nil
	}
	if r.status == 0 {
		r.status = usual
	}
	return r
}

// spoil changes an answer on its way.
func (f *Fault) spoil(r *reply, root string) {
	switch f.Kind {
	case "truncated":
		r.body = r.body[:len(r.body)/2]
	case "broken-gzip":
		if len(r.body) == 0 {
			return
		}
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		_, _ = zip.Write(r.body) // into memory
		_ = zip.Close()
		r.body = append(b.Bytes()[:b.Len()-8], "broken!!"...) // checksum and length are the last eight bytes
		r.with("Content-Encoding", "gzip")
	case "elsewhere":
		r.body = bytes.ReplaceAll(r.body, []byte(root), []byte(otherHost))
		r.body = organizationPattern.ReplaceAll(r.body, []byte("${1}"+otherOrganization))
		for i := range r.header {
			r.header[i][1] = string(bytes.ReplaceAll([]byte(r.header[i][1]), []byte(root), []byte(otherHost)))
		}
	}
}

// heldReply is an answer that is kept until a fault has changed it.
type heldReply struct {
	fields http.Header
	reply  reply
}

func (k *heldReply) Header() http.Header    { return k.fields }
func (k *heldReply) WriteHeader(status int) { k.reply.status = status }
func (k *heldReply) Write(b []byte) (int, error) {
	k.reply.body = append(k.reply.body, b...)
	return len(b), nil
}

// afterToken lets faults that name the token endpoint change its answer. It gives what to write to
// instead of w, and what to do when all is written.
func (f *faults) afterToken(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
	hit := f.take(r.Method+" "+r.URL.RequestURI(), true, afterKinds...)
	if hit == nil {
		return w, func() {}
	}
	k := &heldReply{fields: http.Header{}, reply: reply{status: http.StatusOK}}
	return k, func() {
		for name, values := range k.fields {
			k.reply.with(name, values[0])
		}
		deliver(w, r, &k.reply, hit)
	}
}

// atToken lets faults that name the token endpoint answer for it.
func (f *faults) atToken(w http.ResponseWriter, r *http.Request) bool {
	hit := f.take(r.Method+" "+r.URL.RequestURI(), true, insteadKinds...)
	if hit == nil {
		return false
	}
	switch hit.Kind {
	case "cut-before":
		cut(w)
		return true
	case "hang":
		return !pause(r, hit.Seconds)
	}
	answer := hit.disguised()
	if answer == nil {
		e := hit.plain()
		answer = &reply{status: e.status, header: slices.Clone(e.header), body: e.appendBody(nil, false)}
		if number, ok := strings.CutPrefix(hit.Code, "AADSTS"); ok {
			answer.body = fmt.Appendf(nil, `{"error":"invalid_client","error_description":%q,"error_codes":[%s]}`, hit.Code+": "+e.message, number)
		}
		kind := "application/json"
		if e.html {
			kind = "text/html"
		}
		answer.with("Content-Type", kind)
	}
	for _, field := range answer.header {
		w.Header().Set(field[0], field[1])
	}
	if answer.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // a client that left needs no answer
	return true
}

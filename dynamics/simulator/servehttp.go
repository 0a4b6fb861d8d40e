package simulator

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody is above the 116.85 MB that the service's sandbox accepts; beyond it a request is too
// large.
const maxBody = 128 << 20

// maxKeptBuffer is the largest read buffer that is used again.
const maxKeptBuffer = 4 << 20

func (s *Server) takeBuffer() *bytes.Buffer {
	if buffer, ok := s.bodies.Get().(*bytes.Buffer); ok {
		return buffer
	}
	return new(bytes.Buffer)
}

func (s *Server) giveBuffer(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxKeptBuffer {
		buffer.Reset()
		s.bodies.Put(buffer)
	}
}

// serveAPI answers one Web API request: it is counted, let in or refused, worked on, and booked.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	buffer := s.takeBuffer()
	defer s.giveBuffer(buffer)
	session := r.Header.Get("x-ms-client-session-id")
	cookie, cookieErr := r.Cookie(affinityCookie)
	affinity := ""
	if cookieErr == nil {
		affinity = cookie.Value
	}
	app, authorized := s.authorized(r)
	v, refusal := s.load.admitUser(app.user, session, affinity)
	c := &call{server: s, app: app, method: r.Method, root: rootOf(r), header: r.Header, visit: v, kind: "other", prefer: parsePrefer(r.Header)}
	_, tooLarge := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	c.body = buffer.Bytes()
	answer := (*reply)(nil)
	if authorized {
		answer = s.answer(c, r, refusal, tooLarge)
	} else {
		answer = s.challenge(c, r)
	}
	after := s.faults.take(r.Method+" "+r.URL.RequestURI(), false, afterKinds...)
	status := 0
	if answer != nil {
		status = answer.status
	}
	if refusal != nil {
		v.leaveServer()
		s.load.sleep(wayBack)
	}
	v.leave()
	s.stats.answered(c.kind, status, c.rows)
	if answer == nil {
		cut(w)
		return
	}
	if !answer.foreign {
		v.headers(w.Header(), answer.status, affinity != "")
	}
	deliver(w, r, answer, after)
}

// answer gives nil when the connection is to be cut.
func (s *Server) answer(c *call, r *http.Request, refusal *apiError, bodyErr error) *reply {
	request := r.Method + " " + r.URL.RequestURI()
	if refusal != nil {
		c.kind = "throttled"
		return c.failed(refusal)
	}
	if hit := s.faults.take(request, false, insteadKinds...); hit != nil {
		switch hit.Kind {
		case "cut-before":
			return nil
		case "hang":
			if !pause(r, hit.Seconds) {
				return nil
			}
		case "html", "foreign", "empty", "redirect":
			return hit.disguised()
		default:
			if hit.Seconds > 0 && hit.Kind != "outage" {
				c.visit.told(int(max(1, hit.Seconds)))
			}
			return c.failed(hit.plain())
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(bodyErr, &large):
		return c.failed(fail(http.StatusRequestEntityTooLarge, codeNone, "The request is too large."))
	case bodyErr != nil:
		return nil
	case !c.aim(r.URL.RequestURI()):
		return c.failed(noVersion(c.root, r.URL.RequestURI()))
	case c.path == "$batch":
		answer, err := c.batch()
		if err != nil {
			return c.failed(err)
		}
		return answer
	}
	return c.dispatch()
}

// authorized checks the bearer token, and tells whose it is; the scheme counts in any case.
func (s *Server) authorized(r *http.Request) (application, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	id, ok := s.tokens.valid(strings.TrimSpace(token))
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return s.applications[0], false
	}
	return s.application(id)
}

// challenge is the 401 that names authority and resource. Its body is no OData error.
func (s *Server) challenge(c *call, r *http.Request) *reply {
	c.kind = "unauthorized"
	answer := &reply{status: http.StatusUnauthorized, body: []byte("HTTP Error 401 - Unauthorized: Access is denied")}
	return answer.with("Content-Type", typeText).with("REQ_ID", newGUID().String()).with("WWW-Authenticate",
		"Bearer authorization_uri="+rootOf(r)+"/"+s.options.TenantID+"/oauth2/authorize, resource_id="+rootOf(r)+"/")
}

// rootOf is scheme and host as the client wrote them; a proxy that ends TLS says so in a header.
func rootOf(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// work spends the service time of the request that the call belongs to.
func (c *call) work(rows int) {
	if c.visit != nil {
		c.visit.work(rows)
	}
}

// deliver writes an answer, with what a fault does to it after the work.
func deliver(w http.ResponseWriter, r *http.Request, answer *reply, after *Fault) {
	if after != nil && after.Kind == "cut-after" {
		cut(w)
		return
	}
	if after != nil && after.Kind == "hang-after" && !pause(r, after.Seconds) {
		cut(w)
		return
	}
	if after != nil {
		after.spoil(answer, rootOf(r))
	}
	h := w.Header()
	if !answer.foreign {
		requestID := newGUID().String()
		spell(h, "x-ms-service-request-id", requestID)
		spell(h, "REQ_ID", requestID)
	}
	for _, field := range answer.header {
		spell(h, field[0], field[1])
	}
	if answer.status != http.StatusNoContent && answer.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	if after != nil && after.Kind == "slow-body" {
		drip(w, r, answer.body, after.Seconds)
		return
	}
	_, _ = w.Write(answer.body) // a client that left needs no answer
}

// spell sets a header with its name as the service writes it. Names have no case, but people read
// them.
func spell(h http.Header, name, value string) { h[name] = []string{value} }

// drip writes a body in pieces over a time.
func drip(w http.ResponseWriter, r *http.Request, body []byte, seconds float64) {
	const pieces = 20
	flusher := http.NewResponseController(w)
	size := len(body)/pieces + 1
	for len(body) > 0 {
		n := min(size, len(body))
		if _, err := io.Copy(w, bytes.NewReader(body[:n])); err != nil {
			return
		}
		if err := flusher.Flush(); err != nil {
			return
		}
		body = body[n:]
		select {
		case <-r.Context().Done():
			return
		case <-time.After(duration(seconds / pieces)):
		}
	}
}

package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// exchange is one request on its way.
type exchange struct {
	proxy     *proxy
	w         http.ResponseWriter
	r         *http.Request
	class, id string
	body      []byte
}

// answered is what the simulator said.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// workTime bounds the simulator's work on a request: it goes on when the worker has left.
const workTime = 2 * time.Minute

// ask carries the request to the simulator. The error is that of a cut connection.
func (e *exchange) ask() (answered, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.r.Context()), workTime)
	defer cancel()
	target := *e.r.URL
	target.Scheme, target.Host = e.proxy.target.Scheme, e.proxy.target.Host
	request, err := http.NewRequestWithContext(ctx, e.r.Method, target.String(), bytes.NewReader(e.body))
	if err != nil {
		return answered{}, err
	}
	request.Header, request.Host = e.r.Header.Clone(), e.r.Host
	response, err := e.proxy.client.RoundTrip(request)
	if err != nil {
		return answered{}, fmt.Errorf("ask the simulator: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answered{status: response.StatusCode, header: response.Header, body: body}, err
}

// pass carries the request there and the answer back.
func (e *exchange) pass() {
	answer, err := e.ask()
	if err != nil {
		e.cut()
		return
	}
	e.proxy.see(e.class, worked)
	e.give(answer, answer.body)
	e.proxy.see(e.class, given)
}

// give answers with a body, which may be another one than the simulator's.
func (e *exchange) give(a answered, body []byte) {
	for name, values := range a.header {
		if name != "Content-Length" && name != "Connection" {
			e.w.Header()[name] = values
		}
	}
	e.w.WriteHeader(a.status)
	if _, err := e.w.Write(body); err != nil {
		e.proxy.lose(e.id) // the worker has left
	}
}

// say gives an answer that is not the simulator's.
func (e *exchange) say(status int, contentType, body string) {
	e.proxy.lose(e.id)
	e.w.Header().Set("Content-Type", contentType)
	e.w.WriteHeader(status)
	_, _ = io.WriteString(e.w, body) // a worker that has left needs no answer
}

// cut ends the connection without an answer, or in the middle of one.
func (e *exchange) cut() {
	e.proxy.lose(e.id)
	connection, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		return
	}
	_ = connection.Close()
}

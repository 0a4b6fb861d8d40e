package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// proxyFault is one way in which a request goes wrong between here and Dynamics.
type proxyFault struct {
	name string
	do   func(e *exchange)
	// classes are those that it can hit; nil: all.
	classes []string
}

const (
	htmlType = "text/html; charset=utf-8"
	jsonType = "application/json; odata.metadata=minimal"
	signIn   = `<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body>Please sign in to go on.</body></html>`
	sorry    = `<html><body><h1>The service is unavailable.</h1></body></html>`
)

// proxyFaults are all of them. Those named "after" lose an answer to work that was done.
var proxyFaults = []proxyFault{
	{name: "500 bare", do: says(http.StatusInternalServerError, jsonType, "")},
	{name: "500 HTML", do: says(http.StatusInternalServerError, htmlType, sorry)},
	{name: "500 unexpected", do: fails(http.StatusInternalServerError, "0x80040216", "An unexpected error occurred.")},
	{name: "500 SQL error", do: fails(http.StatusInternalServerError, "0x80044150", "Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: 40613")},
	{name: "500 SQL time-out", do: fails(http.StatusInternalServerError, "0x80044151", "SQL timeout expired. Sql Number: -2")},
	{name: "500 deadlock", do: fails(http.StatusInternalServerError, "0x80044150", "Generic SQL error. Sql Number: 1205, Transaction was deadlocked on lock resources."), classes: []string{classUpdate, classBatch, classPatch}},
	{name: "502", do: says(http.StatusBadGateway, htmlType, sorry)},
	{name: "503", do: says(http.StatusServiceUnavailable, htmlType, sorry)},
	{name: "504", do: says(http.StatusGatewayTimeout, htmlType, sorry)},
	{name: "503 after", do: after(func(e *exchange, _ answered) { e.say(http.StatusServiceUnavailable, htmlType, sorry) })},
	{name: "429", do: fails(http.StatusTooManyRequests, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")},
	{name: "200 HTML", do: says(http.StatusOK, htmlType, signIn)},
	{name: "200 HTML after", do: after(func(e *exchange, _ answered) { e.say(http.StatusOK, htmlType, signIn) })},
	{name: "200 empty", do: says(http.StatusOK, jsonType, "")},
	{name: "200 of another service", do: says(http.StatusOK, "application/json", `{"status":"ok","version":"3.1"}`)},
	{name: "403 HTML", do: says(http.StatusForbidden, htmlType, sorry)},
	{name: "404 HTML", do: says(http.StatusNotFound, htmlType, sorry)},
	{name: "204", do: says(http.StatusNoContent, htmlType, "")},
	{name: "truncated after", do: after(func(e *exchange, a answered) {
		e.proxy.lose(e.id)
		e.give(a, a.body[:len(a.body)/2])
	})},
	{name: "cut before", do: func(e *exchange) { e.cut() }},
	{name: "cut after", do: after(func(e *exchange, _ answered) { e.cut() })},
	{name: "cut in the answer", do: after(cutInside)},
	{name: "late after", do: after(func(e *exchange, a answered) {
		time.Sleep(lateness)
		e.give(a, a.body)
	})},
	{name: "late before", do: func(e *exchange) {
		time.Sleep(lateness)
		e.pass()
	}},
	{name: "slow", do: after(slowly)},
}

// lateness is longer than a worker waits for an answer (requestTimeout), and shorter than Dynamics
// may work on it.
const lateness = requestTimeout + time.Second

func says(status int, contentType, body string) func(*exchange) {
	return func(e *exchange) { e.say(status, contentType, body) }
}

func fails(status int, code, message string) func(*exchange) {
	return func(e *exchange) {
		e.w.Header().Set("OData-Version", "4.0")
		e.say(status, jsonType, fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, code, message))
	}
}

// after has the simulator do the work first.
func after(spoil func(*exchange, answered)) func(*exchange) {
	return func(e *exchange) {
		answer, err := e.ask()
		if err != nil {
			e.cut()
			return
		}
		spoil(e, answer)
	}
}

// cutInside gives the head of the answer, half of its body, and then ends.
func cutInside(e *exchange, a answered) {
	e.proxy.lose(e.id)
	e.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)+1))
	e.give(a, a.body[:len(a.body)/2])
	if err := http.NewResponseController(e.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the worker has left
	}
	e.cut()
}

// slowly gives the answer in pieces.
func slowly(e *exchange, a answered) {
	const pieces = 4
	for name, values := range a.header {
		if name != "Content-Length" && name != "Connection" {
			e.w.Header()[name] = values
		}
	}
	e.w.WriteHeader(a.status)
	for rest := a.body; len(rest) > 0; {
		n := min(len(rest), len(a.body)/pieces+1)
		if _, err := e.w.Write(rest[:n]); err != nil {
			e.proxy.lose(e.id)
			return
		}
		_ = http.NewResponseController(e.w).Flush() // a worker that has left is seen at the next piece
		rest = rest[n:]
		time.Sleep(requestTimeout / (2 * pieces))
	}
}

// drawProxyFault spoils the next requests of a class, or of any, at the proxy.
func drawProxyFault(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, f, class, count := w.somewhere(r).proxy, proxyFaults[r.IntN(len(proxyFaults))], drawClass(r), 1
	if f.classes != nil {
		class = f.classes[r.IntN(len(f.classes))]
	}
	if r.IntN(3) == 0 {
		count += r.IntN(3)
	}
	return fmt.Sprintf("%s: %s for the next %d %q", p.name, f.name, count, class), func(context.Context) {
		p.arm(f, class, count, 10*time.Second)
	}
}

// drawClass gives a class of requests, "" for any. Half of them write: there is what must not be
// lost or done twice.
func drawClass(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return []string{classUpdate, classUpdate, classUpdate, classBatch, classPatch}[r.IntN(5)]
	}
	all := append([]string{"", ""}, classes...)
	return all[r.IntN(len(all))]
}

// lies are answers to updates that a client must not believe: that it was done, and that it was
// not.
var lies = []string{"200 HTML", "204", "200 of another service", "200 HTML after", "503 after", "cut after", "truncated after"}

// drawLies has some updates of each destination, early and late in a round, answered by one of the
// lies.
func drawLies(w *world, r *rand.Rand, length time.Duration) []event {
	var events []event
	for _, p := range w.places {
		for part := range 3 {
			f, count := faultNamed(lies[(part+r.IntN(3)*3)%len(lies)]), 1+r.IntN(2)
			events = append(events, event{
				at:   time.Duration((float64(part) + r.Float64()) / 3 * float64(length)),
				what: fmt.Sprintf("%s: %s for the next %d updates", p.name, f.name, count),
				do:   func(context.Context) { p.proxy.arm(f, classUpdate, count, length) },
			})
		}
	}
	return events
}

// faultNamed gives the fault of a name.
func faultNamed(name string) proxyFault {
	for _, f := range proxyFaults {
		if f.name == name {
			return f
		}
	}
	panic("no fault " + strings.ToUpper(name))
}

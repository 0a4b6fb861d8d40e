package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

var updatePage = flag.Bool("update", false, "write the table of other clients in docs/limits.md")

const (
	virtualURL = "http://127.0.0.1:9080"
	// windowRows is what 1,200 seconds of execution allow in requests of rowsInRequest.
	windowRows    = 36_000
	rowsInRequest = 100
	// known is how many contacts there are; a job goes over them again and again.
	known = 1_000
	// scatterOfPeers is by how much a figure of the page may differ from what is measured.
	scatterOfPeers = 0.2
	// scatterOfShares is that of a share of refused requests, in percent: how many requests are on
	// their way when a budget ends comes by chance.
	scatterOfShares = 15
	// start is how many seconds a client may take to find out what the others are told beforehand.
	start = 5
	// window is how many seconds a budget is for.
	window = 300
	// finishFile is the plot of how long they take, and clientWidth that of the clients' names.
	finishFile  = "finish.svg"
	clientWidth = 220
)

// sizesOfJobs are in windows of what requests of a hundred rows may write.
var sizesOfJobs = []float64{0.1, 0.5, 0.9, 1.5, 2.5, 5}

// peer is a client as its users run it.
type peer struct {
	name     string
	inFlight int
	rows     int // in one request
	request  func(w *web, ids []string) (*http.Request, error)
	admit    func(ctx context.Context) (done func(refused bool), err error) // nil: whenever a worker is free
}

// TestPeersAtTheLimits does the same jobs with other clients, in virtual time, at the same limits,
// and keeps their table in docs/limits.md.
func TestPeersAtTheLimits(t *testing.T) {
	lines := []string{"| client | 0.1 windows | 0.5 | 0.9 | 1.5 | 2.5 | 5 | refused | sent inside a `Retry-After` |",
		"| --- |" + strings.Repeat(" ---: |", len(sizesOfJobs)+2)}
	var clients []line
	took := map[string][]float64{}
	add := func(name string, each int, run func(t *testing.T, rows int) outcome) {
		row, last, drawn := "| "+name+" |", outcome{}, line{name: legend(name)}
		for _, windows := range sizesOfJobs {
			if each == 1 && windows > 0.5 {
				row += " |" // hundreds of thousands of requests, all alike
				continue
			}
			rows := int(windows * windowRows)
			o := run(t, rows)
			took[name] = append(took[name], o.took.Seconds())
			row += fmt.Sprintf(" %.0f s |", o.took.Seconds())
			last = o
			drawn.points = append(drawn.points, point{windows, o.took.Seconds() / least(t, rows).Seconds()})
		}
		clients = append(clients, drawn)
		lines = append(lines, fmt.Sprintf("%s %.1f %% | %d |", row, 100*share(float64(last.refused), float64(last.requests)), last.early))
	}
	add("Audienceflow", rowsInRequest, ours)
	for _, p := range peers() {
		add(p.name, p.rows, p.run)
	}
	for name, times := range took {
		for i, seconds := range times {
			require.GreaterOrEqual(t, 1.05*seconds+start, took["Audienceflow"][i], "%s, %v windows", name, sizesOfJobs[i])
		}
	}
	t.Log("\n" + strings.Join(lines, "\n"))
	keepTable(t, lines)
	if *updatePage {
		clients = slices.DeleteFunc(clients, func(c line) bool { return slices.ContainsFunc(c.points, func(p point) bool { return p.y > 10 }) }) // the others would be one line
		require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "performance", finishFile), plotFinish(clients), 0o644))
	}
}

// plotFinish draws how long jobs took at the limits, over the least time that these allow.
func plotFinish(clients []line) []byte {
	return drawLines("Time to finish over the least possible, over the size of the job in windows of the limits", clientWidth,
		func(windows float64) string { return fmt.Sprintf("%g", windows) }, clients)
}

// legend is a client's name without what the table says of it.
func legend(name string) string {
	short, _, _ := strings.Cut(strings.ReplaceAll(name, "`", ""), " (")
	return strings.TrimPrefix(short, "UpdateMultiple behind ")
}

// least is the least time that the limits allow for a job in requests of rowsInRequest.
func least(t *testing.T, rows int) (least time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		least = simulator.NewServers(loadModel(), nil).Least(rows/rowsInRequest, rowsInRequest)
	})
	return least
}

// loadModel is the environment at which the jobs are done.
func loadModel() simulator.Options {
	return simulator.Options{Contacts: known, Prefix: "acme", TokenLifetime: 24 * time.Hour, Latency: 300 * time.Millisecond, RowLatency: 30 * time.Millisecond,
		Columns: []string{statusColumn + ":string:100", otherColumn + ":string:100"}}
}

func peers() []peer {
	bulk := func(name string, inFlight int) peer {
		return peer{name: name, inFlight: inFlight, rows: rowsInRequest, request: updateMultiple}
	}
	limiter := adaptivelimiter.NewBuilder[any]().WithLimits(1, 52, 8).Build()
	adaptive := bulk("`UpdateMultiple` behind failsafe-go's adaptive limiter", 52)
	adaptive.admit = func(ctx context.Context) (func(bool), error) {
		permit, err := limiter.AcquirePermit(ctx)
		if err != nil {
			return nil, err
		}
		return func(refused bool) {
			if refused {
				permit.Drop()
				return
			}
			permit.Record()
		}, nil
	}
	return []peer{
		bulk("`UpdateMultiple`, 8 in flight (`dynamics-web-api`)", 8),
		bulk("`UpdateMultiple`, 52 in flight (`dynamics-web-api`)", 52),
		adaptive,
		{name: "`$batch` of 100, 8 in flight", inFlight: 8, rows: batchOperations, request: batch},
		{name: "one PATCH each, 8 in flight", inFlight: 8, rows: 1, request: patch},
	}
}

// outcome is what became of a job.
type outcome struct {
	took                     time.Duration
	requests, refused, early int
}

// atLimits runs a job at a simulator with the documented limits and the load model, in virtual
// time.
func atLimits(t *testing.T, rows int, job func(t *testing.T, transport http.RoundTripper, ids []string)) (o outcome) {
	synctest.Test(t, func(t *testing.T) {
		server, err := simulator.New(loadModel())
		require.NoError(t, err)
		listed := httptest.NewRecorder()
		server.ServeHTTP(listed, httptest.NewRequest(http.MethodGet, "/_simulator/contacts", nil))
		all := strings.Fields(listed.Body.String())
		ids := make([]string, rows)
		for i := range ids {
			ids[i] = all[i%known]
		}
		began := time.Now()
		job(t, inProcess{server}, ids)
		s := server.Stats()
		o = outcome{time.Since(began), s.Requests, s.ByStatus[http.StatusTooManyRequests], s.EarlyRetries}
		require.Equal(t, rows, s.RowsWritten, "each row once")
	})
	return o
}

// ours is the product's client, in as many parts as a worker takes at a time.
func ours(t *testing.T, rows int) outcome {
	return atLimits(t, rows, func(t *testing.T, transport http.RoundTripper, ids []string) {
		client, err := dynamics.New(dynamics.Config{
			Environment: virtualURL, Authority: virtualURL, TenantID: tenant, ClientID: clientID, Prefix: "acme", Transport: transport,
			Secret: func() (string, error) { return clientSecret, nil }, RequestSize: rowsInRequest,
		})
		require.NoError(t, err)
		column := &dynamics.Column{LogicalName: otherColumn, Type: dynamics.TypeString, MaxLength: 100}
		value := "realized"
		requests := slices.Collect(slices.Chunk(ids, rowsInRequest))
		require.NoError(t, each(len(requests), 60, func(i int) error {
			for {
				updates := make([]dynamics.Update, len(requests[i]))
				for n, id := range requests[i] {
					updates[n] = dynamics.Update{ContactID: id, Values: []dynamics.Assignment{{Column: column, Value: &value}}}
				}
				_, err := client.Update(t.Context(), updates)
				var e *dynamics.Error
				if !errors.As(err, &e) || e.RetryAfter == 0 {
					return err
				}
				time.Sleep(e.RetryAfter)
			}
		}))
	})
}

// hold is a Retry-After that all of a peer's requests obey: each for itself they would prolong it
// for one another.
type hold struct {
	mu    sync.Mutex
	until time.Time
}

func (h *hold) extend(pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := time.Now().Add(pause); until.After(h.until) {
		h.until = until
	}
}

func (h *hold) left() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Until(h.until)
}

// run does a job in requests of the peer's size. What is refused waits for its Retry-After, and is
// sent again.
func (p peer) run(t *testing.T, rows int) outcome {
	return atLimits(t, rows, func(t *testing.T, transport http.RoundTripper, ids []string) {
		w, err := signIn(t.Context(), virtualURL, transport)
		require.NoError(t, err)
		held := &hold{}
		requests := slices.Collect(slices.Chunk(ids, p.rows))
		require.NoError(t, each(len(requests), p.inFlight, func(i int) error {
			for {
				pause, err := p.send(t.Context(), w, requests[i], held)
				if err != nil || pause == 0 {
					return err
				}
				held.extend(pause)
			}
		}))
	})
}

// send sends one request, and gives how long to wait where it was refused.
func (p peer) send(ctx context.Context, w *web, ids []string, held *hold) (time.Duration, error) {
	request, err := p.request(w, ids)
	if err != nil {
		return 0, err
	}
	done := func(bool) {}
	if p.admit != nil {
		if done, err = p.admit(ctx); err != nil {
			return 0, err
		}
	}
	time.Sleep(held.left())
	request.Header.Set("Authorization", "Bearer "+w.token)
	answer, err := w.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	done(answer.StatusCode == http.StatusTooManyRequests)
	switch {
	case err != nil:
		return 0, err
	case answer.StatusCode == http.StatusTooManyRequests:
		after, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		return max(time.Millisecond, time.Duration(after)*time.Second), err
	case answer.StatusCode >= http.StatusMultipleChoices:
		return 0, fmt.Errorf("%s: %s", answer.Status, text)
	}
	return 0, nil
}

func updateMultiple(w *web, ids []string) (*http.Request, error) {
	return post(w.url+"/api/data/v9.2/contacts/Microsoft.Dynamics.CRM.UpdateMultiple", jsonType, targets(ids, 0))
}

func batch(w *web, ids []string) (*http.Request, error) {
	return post(w.url+"/api/data/v9.2/$batch", "multipart/mixed;boundary=batch", w.batchBody(ids, 0))
}

func patch(w *web, ids []string) (*http.Request, error) {
	r, err := post(w.url+"/api/data/v9.2/contacts("+ids[0]+")", jsonType, "{"+members(ids[0], 0)+"}")
	if err == nil {
		r.Method = http.MethodPatch
	}
	return r, err
}

func post(url, contentType, body string) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", contentType)
	}
	return r, err
}

// inProcess carries requests to a simulator without a network, so that time may be virtual.
type inProcess struct{ server http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	answer := w.Result()
	for name, values := range answer.Header { // as a network would: the simulator spells names as the service does
		delete(answer.Header, name)
		answer.Header[http.CanonicalHeaderKey(name)] = values
	}
	return answer, r.Context().Err()
}

// keepTable compares lines with the table of clients in docs/limits.md, or writes it.
func keepTable(t *testing.T, lines []string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "limits.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	const head = "\n| client |"
	before, rest, found := strings.Cut(string(page), head)
	require.True(t, found, "docs/limits.md has no table of clients")
	table, after, _ := strings.Cut(head+rest, "\n\n")
	if *updatePage {
		require.NoError(t, os.WriteFile(path, []byte(before+"\n"+strings.Join(lines, "\n")+"\n\n"+strings.TrimLeft(after, "\n")), 0o644))
		return
	}
	const help = "run go test ./sandbox/bench -run PeersAtTheLimits -args -update"
	shown := strings.Split(strings.TrimSpace(table), "\n")
	require.Len(t, shown, len(lines), help)
	for n := range lines {
		was, now := strings.Fields(shown[n]), strings.Fields(lines[n])
		require.Len(t, was, len(now), help)
		for i := range now {
			number, err := strconv.ParseFloat(now[i], 64)
			if err != nil {
				require.Equal(t, was[i], now[i], help)
				continue
			}
			known, err := strconv.ParseFloat(was[i], 64)
			require.NoError(t, err, help)
			allowed := max(4, scatterOfPeers*known)
			if strings.Contains(lines[n], "52 in flight") {
				allowed = max(allowed, window) // it meets the next budget or does not
			}
			if i+1 < len(now) && now[i+1] == "%" {
				allowed = scatterOfShares
			}
			require.InDelta(t, known, number, allowed, "%s\n%s", lines[n], help)
		}
	}
}

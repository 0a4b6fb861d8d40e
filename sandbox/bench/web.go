package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The simulator's sign-in, as its help says.
const (
	tenant       = "11111111-1111-1111-1111-111111111111"
	clientID     = "client"
	clientSecret = "secret"
)

const (
	// loopParallel is how many requests the bare loop and the peers have in flight: as many as a
	// server works on at once.
	loopParallel = 8
	// requestTime bounds one request.
	requestTime = time.Minute
)

// network carries the requests of a bare client.
func network() http.RoundTripper { return &http.Transport{MaxIdleConnsPerHost: loopParallel} }

// web is a bare HTTP client of the simulator.
type web struct {
	url, token string
	http       *http.Client
}

// signIn gets a token for the simulator at an address.
func signIn(ctx context.Context, address string, transport http.RoundTripper) (*web, error) {
	w := &web{url: address, http: &http.Client{Timeout: requestTime, Transport: transport}}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "scope": {address + "/.default"},
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	text, err := w.call(ctx, http.MethodPost, "/"+tenant+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		return nil, err
	}
	w.token = ""
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("the simulator's token: %w", err)
	}
	w.token = answer.Token
	return w, nil
}

// call sends one request and gives the answer's body; anything but success is an error.
func (w *web) call(ctx context.Context, method, path, contentType, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if w.token != "" {
		request.Header.Set("Authorization", "Bearer "+w.token)
	}
	response, err := w.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("the simulator answered %s %s with %s", method, path, response.Status)
	}
	return text, nil
}

// contacts lists the simulator's contacts.
func (w *web) contacts(ctx context.Context) ([]string, error) {
	text, err := w.call(ctx, http.MethodGet, "/_simulator/contacts", "", "")
	return strings.Fields(string(text)), err
}

// each calls do for every number below n, parallel of them at a time, until all are done or one has
// failed.
func each(n, parallel int, do func(int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	problems := make([]error, parallel)
	for worker := range parallel {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if problems[worker] = do(i); problems[worker] != nil {
					next.Store(int64(n))
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(problems...)
}

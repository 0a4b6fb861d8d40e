package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// retries are Adobe's: two, after these times; then a profile is dropped.
var retries = []time.Duration{15 * time.Second, 30 * time.Second}

// adobeTimeout is how long Adobe waits for an answer, about.
const adobeTimeout = 10 * time.Second

// sent is a profile that was accepted: its contact, and when it was first sent.
type sent struct {
	contact string
	at      time.Time
}

// sender sends profiles and notes what became of them.
type sender struct {
	o      options
	client *http.Client

	mu       sync.Mutex
	accepted []sent
	answers  []time.Duration
	codes    map[int]int
	retried  int
	dropped  int
	requests int
	took     time.Duration
}

func newSender(o options) *sender {
	return &sender{o: o, codes: map[int]int{}, client: &http.Client{
		Timeout: adobeTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: o.senders, MaxConnsPerHost: o.senders},
	}}
}

// send sends the profiles, evenly over time, until all are accepted or dropped, or ctx ends.
func (s *sender) send(ctx context.Context, contacts []string) {
	begun := time.Now()
	every := time.Duration(float64(s.o.batch) / s.o.rate * float64(time.Second))
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var underWay sync.WaitGroup
	for next := 0; next < s.o.count && ctx.Err() == nil; {
		n := min(s.o.batch, s.o.count-next)
		from := next
		next += n
		underWay.Go(func() { s.request(ctx, contacts, from, n) })
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	underWay.Wait()
	s.took = time.Since(begun)
}

// request sends n profiles, again if need be.
func (s *sender) request(ctx context.Context, contacts []string, from, n int) {
	now := time.Now()
	profiles, mine := make([]profile, n), make([]sent, n)
	for i := range profiles {
		contact := contacts[(from+i)%len(contacts)]
		status := "realized"
		if rand.Float64() < s.o.exits {
			status = "exited"
		}
		profiles[i] = newProfile(contact, s.o.audience, fmt.Sprintf("R%d-%d", now.Unix(), from+i), status, now)
		mine[i] = sent{contact, now}
	}
	body, err := bodyOf(profiles, s.o.packed)
	if err != nil {
		return
	}
	for try := 0; ; try++ {
		code := s.post(ctx, body)
		switch {
		case code >= 200 && code < 300:
			s.note(func() { s.accepted = append(s.accepted, mine...) })
			return
		case code >= 400 && code < 500 && code != http.StatusTooManyRequests, try == len(retries), ctx.Err() != nil:
			s.note(func() { s.dropped += n })
			return
		}
		s.note(func() { s.retried++ })
		select {
		case <-time.After(time.Duration(float64(retries[try]) / s.o.timeScale)):
		case <-ctx.Done():
		}
	}
}

// post gives the status code of the answer, 0 if there was none.
func (s *sender) post(ctx context.Context, body []byte) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.url, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	if s.o.packed {
		r.Header.Set("Content-Encoding", "gzip")
	}
	if s.o.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.o.token)
	}
	begun, code := time.Now(), 0
	if answer, err := s.client.Do(r); err == nil {
		code = answer.StatusCode
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil {
			code = 0
		}
	}
	s.note(func() {
		s.requests++
		s.codes[code]++
		s.answers = append(s.answers, time.Since(begun))
	})
	return code
}

func (s *sender) note(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
}

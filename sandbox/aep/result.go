package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// result is what became of the profiles. Times are in milliseconds.
type result struct {
	Sent     int         `json:"sent"`
	Requests int         `json:"requests"`
	Codes    map[int]int `json:"codes"` // 0: no answer
	Accepted int         `json:"accepted"`
	Retried  int         `json:"retried"`
	Dropped  int         `json:"dropped"`
	PerSec   float64     `json:"profilesPerSecond"`
	Answer   spread      `json:"answerMilliseconds"`
	// Arrived counts accepted profiles that were seen in Dynamics, Latency is from the first POST
	// until then; nil: not measured.
	Arrived int     `json:"arrived"`
	Latency *spread `json:"latencyMilliseconds,omitempty"`
}

// spread is a distribution.
type spread struct {
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

func spreadOf(list []time.Duration) spread {
	if len(list) == 0 {
		return spread{}
	}
	list = slices.Sorted(slices.Values(list))
	at := func(share float64) float64 {
		return float64(list[int(share*float64(len(list)-1))].Microseconds()) / 1000
	}
	return spread{Median: at(0.5), P99: at(0.99), Max: at(1)}
}

func (s *sender) result() result {
	return result{
		Sent: len(s.accepted) + s.dropped, Requests: s.requests, Codes: s.codes, Accepted: len(s.accepted), Retried: s.retried,
		Dropped: s.dropped, PerSec: float64(len(s.accepted)) / s.took.Seconds(), Answer: spreadOf(s.answers),
	}
}

func (r result) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "profiles\t%d accepted, %d dropped; %.0f per second\n", r.Accepted, r.Dropped, r.PerSec)
	fmt.Fprintf(w, "requests\t%d, %d sent again\n", r.Requests, r.Retried)
	for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
		fmt.Fprintf(w, "  %d\t%d\n", code, r.Codes[code])
	}
	fmt.Fprintf(w, "answer\tmedian %.0f ms, p99 %.0f ms, max %.0f ms\n", r.Answer.Median, r.Answer.P99, r.Answer.Max)
	if r.Latency != nil {
		fmt.Fprintf(w, "in Dynamics\t%d of %d; median %.0f ms, p99 %.0f ms, max %.0f ms after the POST\n", r.Arrived, r.Accepted,
			r.Latency.Median, r.Latency.P99, r.Latency.Max)
	}
	return w.Flush()
}

// lookEvery is the pause between two looks at what has arrived.
const lookEvery = time.Second

// arrivals waits until every accepted profile, or a later one of its contact, is in Dynamics.
func arrivals(ctx context.Context, o options, accepted []sent) (int, spread, error) {
	deadline := time.Now().Add(o.wait)
	for {
		writes, err := writesOf(ctx, o)
		if err != nil {
			return 0, spread{}, err
		}
		latencies := matched(accepted, writes)
		if len(latencies) == len(accepted) || time.Now().After(deadline) || ctx.Err() != nil {
			return len(latencies), spreadOf(latencies), nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
}

// matched gives, for every profile whose contact was written after it was sent, how long that took.
func matched(accepted []sent, writes map[string][]time.Time) []time.Duration {
	var latencies []time.Duration
	for _, p := range accepted {
		for _, at := range writes[p.contact] {
			if !at.Before(p.at) {
				latencies = append(latencies, at.Sub(p.at))
				break
			}
		}
	}
	return latencies
}

// contactsOf gives the ids of the simulator's contacts.
func contactsOf(ctx context.Context, o options) ([]string, error) {
	body, err := get(ctx, o.simulator+"/_simulator/contacts")
	if err != nil {
		return nil, fmt.Errorf("the simulated Dynamics at %s does not answer: start it with \"go run ./sandbox\", or name it with -simulator: %w", o.simulator, err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err == nil && len(text) == 0 {
		err = fmt.Errorf("the simulated Dynamics at %s has no contacts", o.simulator)
	}
	return strings.Fields(string(text)), err
}

// writesOf gives the times at which contacts were written, in order.
func writesOf(ctx context.Context, o options) (map[string][]time.Time, error) {
	body, err := get(ctx, o.simulator+"/_simulator/writes")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	writes := map[string][]time.Time{}
	for decoder := json.NewDecoder(body); decoder.More(); {
		var write struct {
			Time      time.Time `json:"time"`
			ContactID string    `json:"contactid"`
		}
		if err := decoder.Decode(&write); err != nil {
			return nil, err
		}
		id := strings.ToLower(write.ContactID)
		writes[id] = append(writes[id], write.Time)
	}
	return writes, nil
}

func get(ctx context.Context, url string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("it answered %s", answer.Status)
	}
	return answer.Body, nil
}

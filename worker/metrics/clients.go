package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"audienceflow/dynamics"
)

// clients tells what the controllers of requests do at the moment.
type clients struct {
	mu  sync.Mutex
	all []measuredClient
}

type measuredClient struct {
	destination string
	client      *dynamics.Client
}

// AddClient measures the client of the destination.
func (d *Destination) AddClient(client *dynamics.Client) {
	d.clients.mu.Lock()
	defer d.clients.mu.Unlock()
	d.clients.all = append(d.clients.all, measuredClient{d.name, client})
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("audienceflow_"+name, help, append([]string{"destination"}, labels...), nil)
}

var (
	inFlight = describe("dynamics_requests_in_flight", "Requests to Dynamics under way.")
	waiting  = describe("dynamics_requests_waiting", "Requests that wait until they may be sent.")
	limit    = describe("dynamics_concurrency_limit", "Most requests in flight that the controller allows at the moment.")
	refusals = describe("dynamics_refusals_total", "Answers 429: a service protection limit was met.")
	held     = describe("dynamics_held_seconds_total", "Time in which a Retry-After held all requests back.")
)

// Describe implements prometheus.Collector.
func (c *clients) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inFlight, waiting, limit, refusals, held} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *clients) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		now := one.client.Limits()
		gauge := func(d *prometheus.Desc, value float64) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, one.destination)
		}
		gauge(inFlight, float64(now.InFlight))
		gauge(waiting, float64(now.Waiting))
		gauge(limit, now.Concurrency)
		to <- prometheus.MustNewConstMetric(refusals, prometheus.CounterValue, float64(now.Refused), one.destination)
		to <- prometheus.MustNewConstMetric(held, prometheus.CounterValue, now.Held.Seconds(), one.destination)
	}
}

package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"audienceflow/activities"
	"audienceflow/dynamics"
	"audienceflow/monitoring"
	"audienceflow/runs"
	"audienceflow/version"
)

// Metrics are those of one worker process.
type Metrics struct {
	registry *prometheus.Registry
	temporal *series

	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	sent     *prometheus.CounterVec
	contacts *prometheus.CounterVec
	batches  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	verdicts *prometheus.CounterVec
	clients  *clients
	standing *destinations
}

var (
	// requestBuckets reach from one contact read to the two minutes after which Dataverse gives up.
	requestBuckets = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 40, 60, 120}
	// batchBuckets reach from a batch with nothing to send to one that gives back its rest.
	batchBuckets = []float64{.1, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900}
)

// New makes the metrics of a worker that has just started.
func New() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "audienceflow_" + name, Help: help},
			append([]string{"destination"}, labels...))
	}
	histogram := func(name, help string, buckets []float64, label string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "audienceflow_" + name, Help: help, Buckets: buckets},
			[]string{"destination", label})
	}
	m := &Metrics{
		registry: monitoring.NewRegistry("worker", version.Name()),
		temporal: newSeries(),
		requests: counter("dynamics_requests_total",
			"Requests to Dynamics and its sign-in, by what for and HTTP status; status 0: no answer.", "kind", "status"),
		latency: histogram("dynamics_request_seconds",
			"Time from a request's being sent to its answer.", requestBuckets, "kind"),
		sent: counter("sent_contacts_total",
			"Contacts whose update was answered and booked: activated, or failed.", "outcome"),
		contacts: counter("contacts_total",
			"Contacts of ended runs and of settled parts of streams, by outcome as in their reports.", "outcome"),
		batches: histogram("batch_seconds",
			"Time of an attempt at a batch, by how it ended: done, given back, failed.", batchBuckets, "result"),
		runs:     counter("runs_total", "Ended runs.", "kind", "status"),
		verdicts: counter("validations_total", "Validations that came to a verdict.", "verdict"),
		clients:  &clients{},
		standing: &destinations{now: time.Now},
	}
	m.registry.MustRegister(m.temporal)
	m.registry.MustRegister(m.ours()...)
	return m
}

// ours are those that do not come from Temporal's SDK.
func (m *Metrics) ours() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.latency, m.sent, m.contacts, m.batches, m.runs, m.verdicts, m.clients, m.standing}
}

// Registry holds all of them.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Destination gives what is told of one destination: each of its parts goes where it is measured.
// Its counters begin at 0, so that the first of a kind shows as an increase.
func (m *Metrics) Destination(name string) *Destination {
	d := &Destination{m, name}
	d.Sent(0, 0)
	d.Decided(runs.Numbers{})
	for _, kind := range []string{runs.KindActivate, runs.KindReplay, runs.KindRepair, runs.KindUnmap} {
		for _, status := range []string{runs.StatusCompleted, runs.StatusFailed, runs.StatusCanceled} {
			d.runs.WithLabelValues(name, kind, status)
		}
	}
	for _, verdict := range []string{runs.VerdictMatch, runs.VerdictMismatch} {
		d.verdicts.WithLabelValues(name, verdict)
	}
	for _, result := range []string{activities.BatchDone, activities.BatchReturned, activities.BatchFailed} {
		d.batches.WithLabelValues(name, result)
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} { // as Entra refuses
		d.requests.WithLabelValues(name, "sign_in", strconv.Itoa(status))
	}
	return d
}

// Destination counts for one destination. It is an activities.Observer.
type Destination struct {
	*Metrics
	name string
}

// kindNames makes labels of what requests are for.
var kindNames = strings.NewReplacer(" ", "_", "'s", "")

// Request counts a request; it is a dynamics.Config.Observe.
func (d *Destination) Request(e dynamics.Exchange) {
	kind := kindNames.Replace(e.Kind)
	d.requests.WithLabelValues(d.name, kind, strconv.Itoa(e.Status)).Inc()
	d.latency.WithLabelValues(d.name, kind).Observe(e.Took.Seconds())
}

// Sent counts contacts that were booked.
func (d *Destination) Sent(activated, failed int) {
	d.sent.WithLabelValues(d.name, runs.OutcomeActivated).Add(float64(activated))
	d.sent.WithLabelValues(d.name, runs.OutcomeFailed).Add(float64(failed))
}

// BatchEnded measures an attempt at a batch.
func (d *Destination) BatchEnded(result string, took time.Duration) {
	d.batches.WithLabelValues(d.name, result).Observe(took.Seconds())
}

// Decided counts the contacts of what has ended.
func (d *Destination) Decided(n runs.Numbers) {
	for outcome, count := range map[string]int64{
		runs.OutcomeActivated: n.Activated, runs.OutcomeUnchanged: n.Unchanged, runs.OutcomeSuperseded: n.Superseded,
		runs.OutcomeExcluded: n.Excluded, runs.OutcomeFailed: n.Failed,
	} {
		d.contacts.WithLabelValues(d.name, outcome).Add(float64(count))
	}
}

// RunEnded counts a run.
func (d *Destination) RunEnded(kind, status string) {
	d.runs.WithLabelValues(d.name, kind, status).Inc()
}

// Validated counts a verdict.
func (d *Destination) Validated(verdict string) { d.verdicts.WithLabelValues(d.name, verdict).Inc() }

package metrics

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

const (
	// maxSeries bounds what Temporal's SDK may make of it all. A worker of a few destinations has
	// some hundreds; beyond the bound new ones are not measured.
	maxSeries  = 5_000
	sdkHelp    = "See the reference of Temporal's SDK metrics."
	secondsEnd = "_seconds"
	totalEnd   = "_total"
)

// sdkLabels are the tags of the SDK that become labels: each has few values. Others are left out.
var sdkLabels = []string{
	"activity_type", "cause", "failure_reason", "namespace", "nexus_operation", "nexus_service", "operation", "poller_type",
	"status_code", "task_queue", "worker_type", "workflow_type",
}

// sdkBuckets reach from a cached workflow task to the longest activities.
var sdkBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}

// series are metrics that are made when they are first used, each with labels of its own.
type series struct {
	mu  sync.RWMutex
	all map[string]prometheus.Metric
}

func newSeries() *series { return &series{all: map[string]prometheus.Metric{}} }

// Describe implements prometheus.Collector. What there will be is not known: the registry looks at
// each scrape.
func (s *series) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *series) Collect(to chan<- prometheus.Metric) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, metric := range s.all {
		to <- metric
	}
}

// get gives the metric of a name and labels, made by the function where it is new; nil beyond the
// bound.
func (s *series) get(name string, labels prometheus.Labels, build func(name string, labels prometheus.Labels) prometheus.Metric) prometheus.Metric {
	key := strings.Builder{}
	key.WriteString(name)
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		key.WriteString("\x00" + label + "\x00" + labels[label])
	}
	s.mu.RLock()
	metric, known := s.all[key.String()]
	s.mu.RUnlock()
	if known {
		return metric
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if metric, known = s.all[key.String()]; !known && len(s.all) < maxSeries {
		metric = build(name, labels)
		s.all[key.String()] = metric
	}
	return metric
}

// sdkHandler is a client.MetricsHandler over series.
type sdkHandler struct {
	series *series
	labels prometheus.Labels
}

// Temporal is for client.Options.MetricsHandler: the SDK's metrics, temporal_..., go with ours.
func (m *Metrics) Temporal() client.MetricsHandler { return sdkHandler{m.temporal, nil} }

// WithTags implements client.MetricsHandler.
func (h sdkHandler) WithTags(tags map[string]string) client.MetricsHandler {
	labels := maps.Clone(h.labels)
	if labels == nil {
		labels = prometheus.Labels{}
	}
	for name, value := range tags {
		if slices.Contains(sdkLabels, name) {
			labels[name] = value
		}
	}
	return sdkHandler{h.series, labels}
}

// Counter implements client.MetricsHandler.
func (h sdkHandler) Counter(name string) client.MetricsCounter {
	made := h.series.get(name+totalEnd, h.labels, func(name string, labels prometheus.Labels) prometheus.Metric {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: sdkHelp, ConstLabels: labels})
	})
	counter, _ := made.(prometheus.Counter)
	return counted{counter}
}

// Gauge implements client.MetricsHandler.
func (h sdkHandler) Gauge(name string) client.MetricsGauge {
	made := h.series.get(name, h.labels, func(name string, labels prometheus.Labels) prometheus.Metric {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: sdkHelp, ConstLabels: labels})
	})
	gauge, _ := made.(prometheus.Gauge)
	return gauged{gauge}
}

// Timer implements client.MetricsHandler.
func (h sdkHandler) Timer(name string) client.MetricsTimer {
	made := h.series.get(name+secondsEnd, h.labels, func(name string, labels prometheus.Labels) prometheus.Metric {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: sdkHelp, ConstLabels: labels, Buckets: sdkBuckets})
	})
	histogram, _ := made.(prometheus.Histogram)
	return timed{histogram}
}

type counted struct{ prometheus.Counter }

// Inc implements client.MetricsCounter.
func (c counted) Inc(n int64) {
	if c.Counter != nil && n > 0 {
		c.Add(float64(n))
	}
}

type gauged struct{ prometheus.Gauge }

// Update implements client.MetricsGauge.
func (g gauged) Update(value float64) {
	if g.Gauge != nil {
		g.Set(value)
	}
}

type timed struct{ prometheus.Histogram }

// Record implements client.MetricsTimer.
func (t timed) Record(took time.Duration) {
	if t.Histogram != nil {
		t.Observe(took.Seconds())
	}
}

package monitoring

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"audienceflow/store/inbox"
)

// streamsTime bounds the look into the store that a scrape waits for.
const streamsTime = 1500 * time.Millisecond

// Streams tells backlog and lag of every stream, read from the store when they are asked for.
type Streams struct {
	// Inbox gives the streams, Now the time by which lag is told.
	Inbox interface {
		Streams(ctx context.Context) ([]inbox.StreamState, error)
	}
	Now func() time.Time
	// Only leaves out what it is false for; nil: nothing.
	Only func(destination string) bool
}

var (
	backlog = prometheus.NewDesc("audienceflow_stream_backlog",
		"Events received and not yet settled.", []string{"destination", "audience"}, nil)
	lag = prometheus.NewDesc("audienceflow_stream_lag_seconds",
		"How long the oldest of them has been waiting.", []string{"destination", "audience"}, nil)
)

// Describe implements prometheus.Collector.
func (s *Streams) Describe(to chan<- *prometheus.Desc) { to <- backlog; to <- lag }

// Collect implements prometheus.Collector. A store that does not answer leaves the gauges out.
func (s *Streams) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), streamsTime)
	defer cancel()
	states, err := s.Inbox.Streams(ctx)
	if err != nil {
		return
	}
	for _, state := range states {
		if s.Only != nil && !s.Only(state.Destination) {
			continue
		}
		to <- prometheus.MustNewConstMetric(backlog, prometheus.GaugeValue, float64(state.Backlog), state.Destination, state.Audience)
		to <- prometheus.MustNewConstMetric(lag, prometheus.GaugeValue, state.Lag(s.Now()).Seconds(), state.Destination, state.Audience)
	}
}

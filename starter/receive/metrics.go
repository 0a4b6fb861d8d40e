package receive

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"audienceflow/monitoring"
	"audienceflow/version"
)

// metrics counts requests and profiles, and tells how far streams are behind.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	profiles *prometheus.CounterVec
	signedIn *prometheus.CounterVec
	refused  *prometheus.CounterVec
	unmapped *prometheus.CounterVec
}

// answerBuckets are around what is promised: half a second for nearly all, two for every one.
var answerBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5}

func newMetrics(inbox Inbox, now func() time.Time) *metrics {
	m := &metrics{
		registry: monitoring.NewRegistry("starter serve", version.Name()),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "audienceflow_receive_seconds",
			Help: "Time from a request to its answer, by status code.", Buckets: answerBuckets}, []string{"code"}),
		profiles: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "audienceflow_received_profiles_total",
			Help: "Profiles of accepted requests: all (received), those of no mapped audience (ignored), unusable ones (rejected)."},
			[]string{"destination", "count"}),
		signedIn: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "audienceflow_signed_in_requests_total",
			Help: "Requests with a valid token, by the name of the token."}, []string{"sender"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "audienceflow_refused_tokens_total",
			Help: "Requests without a valid token: with none (missing), or with one that is not known (wrong)."}, []string{"reason"}),
		unmapped: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "audienceflow_unmapped_bodies_total",
			Help: "Bodies of profiles that held none of an audience that an activation file streams to the destination, by sender."},
			[]string{"destination", "sender"}),
	}
	for _, reason := range []string{"missing", "wrong"} {
		m.refused.WithLabelValues(reason)
	}
	m.registry.MustRegister(m.requests, m.profiles, m.signedIn, m.refused, m.unmapped, &monitoring.Streams{Inbox: inbox, Now: now})
	return m
}

func (m *metrics) count(destination string, a Accepted) {
	for name, n := range map[string]int64{"received": a.Received, "ignored": a.Ignored, "rejected": a.Rejected} {
		m.profiles.WithLabelValues(destination, name).Add(float64(n))
	}
}

// observed measures a handler.
func (m *metrics) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		noted := &notedWriter{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(noted, r)
		m.requests.WithLabelValues(strconv.Itoa(noted.code)).Observe(time.Since(begun).Seconds())
	})
}

// notedWriter remembers the status code.
type notedWriter struct {
	http.ResponseWriter
	code int
}

func (n *notedWriter) WriteHeader(code int) {
	n.code = code
	n.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController and MaxBytesReader reach the connection.
func (n *notedWriter) Unwrap() http.ResponseWriter { return n.ResponseWriter }

package monitoring

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry makes a registry that tells of the process, of Go's runtime, and which version of
// which program it is.
func NewRegistry(program, version string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "audienceflow_build_info",
		Help: "Always 1; the labels tell which program of which version this is."},
		[]string{"program", "version"})
	build.WithLabelValues(program, version).Set(1)
	registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	return registry
}

// ServeMetrics adds /metrics to a mux.
func ServeMetrics(mux *http.ServeMux, registry *prometheus.Registry) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

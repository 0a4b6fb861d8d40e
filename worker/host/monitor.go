package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"audienceflow/dynamics"
	"audienceflow/monitoring"
	"audienceflow/store"
	"audienceflow/worker/metrics"
)

const (
	// readyAge is how long an answer of /readyz is good for.
	readyAge = 5 * time.Second
	// signInRest is how long a sign-in that was refused is not tried again for a probe: Entra locks
	// out who fails too often.
	signInRest = time.Minute
	// monitorTime bounds a request of whoever looks.
	monitorTime = 15 * time.Second
)

// Monitor is what others see of a worker: whether it is alive and ready, and what it measures. Nil
// shows nothing.
type Monitor struct {
	health  monitoring.Health
	metrics *metrics.Metrics
	server  *http.Server // nil: it does not listen
}

// NewMonitor makes that of a worker which has connected to nothing yet.
func NewMonitor() *Monitor {
	m := &Monitor{metrics: metrics.New()}
	m.health.Age = readyAge
	m.health.Add(notYet("temporal", "not asked yet"), notYet("store", "not open yet"))
	return m
}

// checkListen says what is wrong with the address of WORKER_LISTEN.
func checkListen(address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("WORKER_LISTEN: %q is no address: give host and port, as in 127.0.0.1:8091, or nothing", address)
	}
	return nil
}

// Listen answers at the address until Close; an empty one is left out. Where the port is in use,
// by another worker of this host most likely, it says so and the worker goes on unseen.
func (m *Monitor) Listen(address string) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		slog.Warn("health and metrics of this worker are not served: the port is in use, by another worker of this host?",
			"address", address, "fix", "give each worker a WORKER_LISTEN of its own, or an empty one")
		return nil
	}
	if err != nil {
		return fmt.Errorf("WORKER_LISTEN: %w", err)
	}
	m.server = &http.Server{
		Handler: m.Handler(), ReadHeaderTimeout: monitorTime, ReadTimeout: monitorTime, WriteTimeout: monitorTime,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	go func() {
		if err := m.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Warn("health and metrics are not served any more", "error", err)
		}
	}()
	slog.Info("health and metrics are served", "address", listener.Addr().String())
	return nil
}

// Close ends the listening. Until then a worker that drains is seen to be alive.
func (m *Monitor) Close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close() // nobody waits for the last answers
}

// Handler answers /healthz, /readyz and /metrics.
func (m *Monitor) Handler() http.Handler {
	mux := http.NewServeMux()
	m.health.Register(mux)
	monitoring.ServeMetrics(mux, m.metrics.Registry())
	return mux
}

func notYet(name, why string) monitoring.Check {
	return monitoring.Check{Name: name, Ready: func(context.Context) error { return errors.New(why) }}
}

func (m *Monitor) temporalMetrics() client.MetricsHandler {
	if m == nil {
		return nil
	}
	return m.metrics.Temporal()
}

// await says what keeps the worker from being connected to Temporal.
func (m *Monitor) await(why string) {
	if m != nil {
		m.health.Replace(notYet("temporal", why))
	}
}

func (m *Monitor) connected(temporal client.Client) {
	if m == nil {
		return
	}
	m.health.Replace(monitoring.Check{Name: "temporal", Ready: func(ctx context.Context) error {
		if _, err := temporal.CheckHealth(ctx, nil); err != nil {
			return errors.New("it does not answer")
		}
		return nil
	}})
}

func (m *Monitor) opened(kept *store.Store) {
	if m == nil {
		return
	}
	m.health.Replace(monitoring.Check{Name: "store", Ready: func(ctx context.Context) error {
		if _, err := kept.Destinations(ctx); err != nil {
			return errors.New("it does not answer")
		}
		return nil
	}})
}

func (m *Monitor) destination(name string) *metrics.Destination {
	if m == nil {
		return nil
	}
	return m.metrics.Destination(name)
}

// serves adds the sign-in of a destination that is served, and whether it leads to the organization
// that the ledgers are about.
func (m *Monitor) serves(d DestinationConfig, remote *dynamics.Client, bindings bindings) {
	if d.Enabled {
		m.health.Add(monitoring.Check{Name: "sign-in " + d.Key, Ready: inOrder(
			rested(remote.SignIn, signInRest), boundTo(d.Key, remote, bindings),
		)})
	}
}

// inOrder gives a function that makes calls until one fails.
func inOrder(calls ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, call := range calls {
			if err := call(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// rested gives a function that, once it has failed for good, keeps to its error for a while. It is
// called by one caller at a time.
func rested(call func(context.Context) error, rest time.Duration) func(context.Context) error {
	var failed time.Time
	var last error
	return func(ctx context.Context) error {
		if last != nil && time.Since(failed) < rest {
			return last
		}
		err := call(ctx)
		last = nil
		var refused *dynamics.Error
		if errors.As(err, &refused) && !refused.Temporary() {
			last, failed = err, time.Now()
		}
		return err
	}
}

package host

import (
	"context"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"audienceflow/connect"
	"audienceflow/worker/tracing"
)

// Dial connects to Temporal as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other variables of
// Temporal's own tools say. It waits for a server and a namespace that are not there yet, for as
// long as it takes, and logs each cause once, which seen (may be nil) shows meanwhile. It returns
// the client and its namespace; its error is ctx's, or says what is wrong with the environment.
// What the client's workers do is traced by traces (may be nil).
func Dial(ctx context.Context, seen *Monitor, traces *tracing.Tracing) (client.Client, string, error) {
	options, err := temporalenv.LoadClientOptions(temporalenv.LoadClientOptionsRequest{})
	if err != nil {
		return nil, "", fmt.Errorf("TEMPORAL_* environment: %w", err)
	}
	options.Logger = log.NewStructuredLogger(slog.Default())
	options.MetricsHandler = seen.temporalMetrics()
	options.Interceptors = append(options.Interceptors, traces.Interceptors()...)
	seen.await("waiting for Temporal at " + connect.Address(options))
	waited := false
	c, err := connect.Patiently(ctx, options, func(f *connect.Failure) {
		waited = true
		slog.Warn("waiting for Temporal", "cause", f.What, "fix", f.Fix)
		seen.await(f.What)
	})
	if err != nil {
		return nil, "", err
	}
	if waited {
		slog.Info("Temporal is there", "address", connect.Address(options))
	}
	seen.connected(c)
	return c, connect.Namespace(options), nil
}

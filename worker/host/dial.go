package host

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

const (
	// dialTime is how long a worker waits for a Temporal server that is still starting.
	dialTime = 60 * time.Second
	// dialPause is the wait between two tries.
	dialPause = time.Second
)

// Dial connects to Temporal as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other variables of Temporal's own tools say,
// and waits a while for a server that is not up yet.
// It returns the client and its namespace.
func Dial(ctx context.Context) (client.Client, string, error) {
	options, err := temporalenv.LoadClientOptions(temporalenv.LoadClientOptionsRequest{})
	if err != nil {
		return nil, "", fmt.Errorf("TEMPORAL_* environment: %w", err)
	}
	options.Logger = log.NewStructuredLogger(slog.Default())
	deadline := time.Now().Add(dialTime)
	for {
		c, err := client.DialContext(ctx, options)
		if err == nil {
			return c, namespace(options), nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return nil, "", fmt.Errorf("no Temporal server at %s: start one or set TEMPORAL_ADDRESS: %w", address(options), err)
		}
		slog.Info("waiting for Temporal", "address", address(options))
		select {
		case <-ctx.Done():
		case <-time.After(dialPause):
		}
	}
}

func address(o client.Options) string {
	if o.HostPort == "" {
		return client.DefaultHostPort
	}
	return o.HostPort
}

func namespace(o client.Options) string {
	if o.Namespace == "" {
		return client.DefaultNamespace
	}
	return o.Namespace
}

// Command worker hosts the workflows and activities of one or more Dynamics 365 destinations. It is
// configured by the environment; see .env.example.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"audienceflow/worker/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		fmt.Print(usage)
		return nil
	}
	config, err := host.LoadConfig()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(config.LogLevel)); err != nil {
		return fmt.Errorf("LOG_LEVEL %q: use debug, info, warn or error", config.LogLevel)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	temporal, namespace, err := host.Dial(ctx)
	if ctx.Err() != nil {
		return nil // it was told to stop while it waited
	}
	if err != nil {
		return err
	}
	defer temporal.Close()
	config.Namespace = namespace
	return host.Run(ctx, temporal, config)
}

// memoryLimit keeps the garbage of staging large files from piling up; GOMEMLIMIT overrides it.
// SQLite's caches come on top of it.
const memoryLimit = 128 << 20

// garbagePercent lets the garbage grow to twice what is in use, as long as the limit allows it:
// collecting it more often takes a tenth of the time of sending. GOGC overrides it.
const garbagePercent = 200

const usage = `worker hosts the workflows and activities of one or more Dynamics 365 destinations.

It takes no arguments; the environment configures it (.env.example lists all of it):
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE   the Temporal server
  STORE_URL                              the activation store: sqlite:PATH or postgres://...
  DYNAMICS_*                             the destination, or DYNAMICS_<NAME>_* with DYNAMICS_DESTINATIONS

Example:
  set -a; . ./.env; set +a; go run ./worker
`

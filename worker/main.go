// Command worker hosts the workflows and activities of one or more Dynamics 365 destinations. It is
// configured by the environment; see .env.example.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"audienceflow/monitoring"
	"audienceflow/version"
	"audienceflow/worker/host"
	"audienceflow/worker/tracing"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// run answers what it is asked for, or works until it is told to stop. It returns the exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) > 0 {
		return answer(ctx, args, out, errOut)
	}
	config, err := host.LoadConfig()
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "worker:", err) // the exit code says it too
		return exitUsage
	}
	if err := work(ctx, config); err != nil {
		_, _ = fmt.Fprintln(errOut, "worker:", err)
		return exitFailed
	}
	return 0
}

// answer answers a command line that asks for words; the worker takes no other.
func answer(ctx context.Context, args []string, out, errOut io.Writer) int {
	switch {
	case args[0] == "--help", args[0] == "-help", args[0] == "-h":
		_, _ = fmt.Fprint(out, usage)
		return 0
	case version.Asked(args):
		_, _ = fmt.Fprintln(out, version.Of("worker"))
		return 0
	}
	if args[0] == "healthcheck" && len(args) <= 2 {
		return healthcheck(ctx, args[1:], out, errOut)
	}
	_, _ = fmt.Fprintf(errOut, "worker: it takes no arguments, and %q is one: the environment configures it, --help tells how\n", args[0])
	return exitUsage
}

// healthcheck asks the worker that runs beside it.
func healthcheck(ctx context.Context, args []string, out, errOut io.Writer) int {
	path := "healthz"
	if len(args) == 1 {
		if path = "readyz"; strings.TrimLeft(args[0], "-") != "ready" {
			_, _ = fmt.Fprintf(errOut, "worker: healthcheck takes --ready or nothing, and %q is neither\n", args[0])
			return exitUsage
		}
	}
	if err := host.Healthcheck(ctx, path); err != nil {
		_, _ = fmt.Fprintln(errOut, "worker:", err)
		return exitFailed
	}
	_, _ = fmt.Fprintln(out, "ok")
	return 0
}

func work(ctx context.Context, config host.Config) error {
	slog.SetDefault(monitoring.NewLogger(os.Stderr, config.LogFormat, config.LogLevel))
	if len(config.Unread) > 0 {
		slog.Warn("nothing reads these variables: are they misspelt, or of a destination that DYNAMICS_DESTINATIONS does not list?",
			"variables", strings.Join(config.Unread, " "))
	}
	host.BoundGarbage()
	seen := host.NewMonitor()
	if err := seen.Listen(config.Listen); err != nil {
		return err
	}
	defer func() { _ = seen.Close() }() // the process ends
	config.Monitor = seen
	traces, err := tracing.New(ctx, config.Traces, "audienceflow-worker", version.Name())
	if err != nil {
		return err
	}
	defer traces.Close()
	config.Tracing = traces
	temporal, namespace, err := host.Dial(ctx, seen, traces)
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

const usage = `worker hosts the workflows and activities of one or more Dynamics 365 destinations.

It takes no arguments; the environment configures it (.env.example lists all of it):
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE   the Temporal server
  STORE_URL                              the activation store: sqlite:PATH or postgres://...
  DYNAMICS_*                             the destination, or DYNAMICS_<NAME>_* with DYNAMICS_DESTINATIONS
  LOG_LEVEL, LOG_FORMAT                  debug, info, warn or error; text or json
  WORKER_LISTEN                          where /healthz, /readyz and /metrics are asked for
  WORKER_DEPLOYMENT                      the worker deployment that it is a version of; empty: none

"worker healthcheck" asks the worker that runs beside it whether it is alive, "worker healthcheck --ready" whether it
can do its work. The exit code is 0 or 1.

Example:
  set -a; . ./.env; set +a; go run ./worker
`

// Command profiled is the worker with a CPU profile, for the bench: it is written to the file
// BENCH_PROFILE when the worker is told to stop.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"audienceflow/worker/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("BENCH_PROFILE"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string) error {
	host.BoundGarbage()
	config, err := host.LoadConfig()
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("BENCH_PROFILE: %w", err)
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	temporal, namespace, err := host.Dial(ctx, nil, nil)
	if err != nil {
		return err
	}
	defer temporal.Close()
	config.Namespace = namespace
	return host.Run(ctx, temporal, config)
}

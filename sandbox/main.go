// Command sandbox runs Audienceflow whole in one process, with nothing to install: a Temporal
// server with its UI, a simulated Dynamics 365, a worker and the sample audience. It keeps
// everything in one folder and goes on from there when it is started again.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

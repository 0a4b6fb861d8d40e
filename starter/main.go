// Command starter starts, watches and steers audience activations. "starter --help" tells how.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"audienceflow/starter/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Command aep plays Adobe Experience Platform's HTTP API destination: it sends profiles to "starter
// serve" at a chosen rate, with Adobe's retries, and measures how long they take to reach the
// simulated Dynamics 365.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const (
	exitDone    = 0
	exitDropped = 1 // some profiles were dropped
	exitUsage   = 2
)

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	o, err := parseOptions(args, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(errOut, "aep:", err)
		return exitUsage
	}
	result, err := rehearse(ctx, o)
	if err != nil {
		fmt.Fprintln(errOut, "aep:", err)
		return exitUsage
	}
	if o.format == formatJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(result)
	} else {
		err = result.print(out)
	}
	if err != nil {
		fmt.Fprintln(errOut, "aep:", err)
		return exitUsage
	}
	if result.Dropped > 0 {
		return exitDropped
	}
	return exitDone
}

// rehearse sends the profiles, waits until they have arrived if that is to be measured, and gives
// the numbers.
func rehearse(ctx context.Context, o options) (result, error) {
	contacts, err := contactsOf(ctx, o)
	if err != nil {
		return result{}, err
	}
	s := newSender(o)
	s.send(ctx, contacts)
	r := s.result()
	if o.wait > 0 {
		var latency spread
		r.Arrived, latency, err = arrivals(ctx, o, s.accepted)
		r.Latency = &latency
	}
	return r, err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/sandbox/temporal"
)

// atOnce is how many scenarios run side by side: they mostly wait.
const atOnce = 4

// stopTime is given to the Temporal server.
const stopTime = 15 * time.Second

// scenario takes one or several paths, in a world of its own.
type scenario struct {
	paths string // their names
	set   settings
	take  func(*world)
	slow  bool // it takes minutes
}

// scenarios take all paths there are.
var scenarios = slices.Concat(activations, held, endings, restagings, validations, streams,
	heldStreams, holds, rebinds, schedules)

// record takes the chosen paths and keeps their histories.
func record(ctx context.Context, chosen map[string]bool, a *album, out io.Writer) error {
	silence := slog.New(slog.DiscardHandler)
	quiet := log.NewStructuredLogger(silence)
	// at its end the server complains of its clients
	server, err := temporal.Start(ctx, temporal.Options{Logger: silence})
	if err != nil {
		return err
	}
	defer func() {
		late, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		_ = server.Stop(late) // nothing of it is kept
	}()
	folder, err := os.MkdirTemp("", "audienceflow-record")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.Setenv("ALERT_OPS_URL", "logger://"); err != nil { // whom histories with alerts tell
		return err
	}
	dial := func() (client.Client, error) { // its identity stands in every history
		return server.Dial(ctx, client.Options{Logger: quiet, Identity: "recorder"})
	}
	r := &recorder{
		dial: dial, namespace: server.Namespace(), folder: folder, album: a, chosen: chosen, out: out,
	}
	return r.takeAll(ctx)
}

// recorder runs scenarios.
type recorder struct {
	dial      func() (client.Client, error)
	namespace string
	folder    string
	album     *album
	chosen    map[string]bool
	mu        sync.Mutex // of what follows
	out       io.Writer
}

func (r *recorder) takeAll(ctx context.Context) error {
	var problems []error
	var all sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, s := range scenarios {
		if !slices.ContainsFunc(strings.Fields(s.paths), func(p string) bool { return r.chosen[p] }) {
			continue
		}
		if !s.slow { // those wait beside the others
			room <- struct{}{}
		}
		all.Go(func() {
			if !s.slow {
				defer func() { <-room }()
			}
			if err := r.take(ctx, s); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				problems = append(problems, fmt.Errorf("%s: %w", s.paths, err))
			}
		})
	}
	all.Wait()
	return errors.Join(problems...)
}

// failure is what ends a scenario: it is a script, whose steps do not return errors.
type failure struct{ err error }

func (r *recorder) take(ctx context.Context, s scenario) (err error) {
	defer func() {
		if found := recover(); found != nil {
			f, ok := found.(failure)
			if !ok {
				panic(found)
			}
			err = f.err
		}
	}()
	w := r.newWorld(ctx, s)
	defer w.close()
	s.take(w)
	for _, path := range strings.Fields(s.paths) {
		if r.chosen[path] && !w.kept[path] {
			return fmt.Errorf("the scenario has not kept a history %s", path)
		}
	}
	return nil
}

func (r *recorder) tell(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, format, args...)
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/store"
	"audienceflow/worker/host"
)

// settings are what a scenario's world is like.
type settings struct {
	contacts  int // 60 unless set
	dailyRows int64
	quiet     bool // its quiet hours are now
}

// quietHours are those of a destination for some hours around now, if they are to be.
func (s settings) quietHours() string {
	if !s.quiet {
		return ""
	}
	now := time.Now().UTC()
	return now.Add(-time.Hour).Format("15:04") + "-" + now.Add(20*time.Hour).Format("15:04") + " UTC"
}

// world is a destination of one scenario: a simulated Dynamics, a store and a worker.
type world struct {
	*recorder
	ctx         context.Context
	destination string
	set         settings
	folder      string
	temporal    client.Client
	dynamics    *simulator.Running
	store       *store.Store
	storeFile   string
	kept        map[string]bool
	stops       []func()
}

// The audience that scenarios activate, and its column.
const (
	audienceID = "vip"
	column     = "acme_vipstatus"
)

func (r *recorder) newWorld(ctx context.Context, s scenario) *world {
	ctx, cancel := context.WithCancel(ctx)
	if s.set.contacts == 0 {
		s.set.contacts = 60
	}
	w := &world{
		recorder: r, ctx: ctx, set: s.set, destination: strings.Fields(s.paths)[0],
		kept: map[string]bool{},
	}
	w.stops = append(w.stops, cancel)
	done := false
	defer func() {
		if !done {
			w.close()
		}
	}()
	w.folder = filepath.Join(r.folder, w.destination)
	w.must(os.Mkdir(w.folder, 0o755))
	w.startDynamics()
	w.storeFile = filepath.Join(w.folder, "store.db")
	kept, err := store.Open(ctx, "sqlite:"+w.storeFile)
	w.must(err)
	w.store = kept
	w.stops = append(w.stops, func() { kept.Close() })
	w.temporal, err = r.dial()
	w.must(err)
	w.stops = append(w.stops, w.temporal.Close)
	w.startWorker()
	done = true
	return w
}

func (w *world) startDynamics() {
	running, err := simulator.Start(simulator.Options{
		Contacts: w.set.contacts, Prefix: "acme", Columns: []string{column + ":string:100"}, NoLimits: true,
	})
	w.must(err)
	w.dynamics = running
	w.stops = append(w.stops, func() { _ = running.Close() }) // nothing of it is kept
}

// startWorker serves the destination with a worker that is in no hurry, so that a pause finds
// something under way.
func (w *world) startWorker() {
	config := host.Config{
		StoreURL: "sqlite:" + w.storeFile, Namespace: w.namespace,
		Destinations: []host.DestinationConfig{{
			Key: w.destination, Enabled: true, Environment: w.dynamics.URL, Prefix: "acme",
			TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", ClientSecret: "secret",
			RequestSize: 100, Concurrency: 2, RequestTimeout: dynamics.DefaultRequestTimeout, DailyRows: w.set.dailyRows, QuietHours: w.set.quietHours(),
		}},
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(w.ctx)
	go func() { ended <- host.Run(ctx, w.temporal, config) }()
	w.stops = append(w.stops, func() { cancel(); <-ended })
}

// close stops what was started, the last first.
func (w *world) close() {
	for i := len(w.stops) - 1; i >= 0; i-- {
		w.stops[i]()
	}
}

// must ends the scenario on an error.
func (w *world) must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

func (w *world) expect(ok bool, format string, args ...any) {
	if !ok {
		panic(failure{fmt.Errorf(format, args...)})
	}
}

package host

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"audienceflow/activities"
	"audienceflow/activities/quiethours"
	"audienceflow/alerts/targets"
	_ "audienceflow/audience/buckets/clouds" // s3://, azblob:// and gs:// sources
	_ "audienceflow/audience/parquet"        // sources in Parquet files
	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/sqldb"
	"audienceflow/workflows"
)

const (
	// drainTime is how long a worker that is told to stop may finish requests that it has sent.
	drainTime = 30 * time.Second
	// heartbeatThrottle lets a pause or a cancellation reach a batch within about a second.
	heartbeatThrottle = time.Second
)

// Run serves the destinations of the configuration until ctx ends. What is under way then is
// finished and booked. The error says what kept it from starting, or what ended it.
func Run(ctx context.Context, temporal client.Client, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var kept *store.Store
	if err := sqldb.Patiently(ctx, func() (err error) {
		kept, err = store.Open(ctx, c.StoreURL)
		return err
	}, waitForStore); err != nil {
		return err
	}
	var background sync.WaitGroup
	defer func() { // what works beside the workers ends before the store is closed under it
		cancel()
		background.Wait()
		if err := kept.Close(); err != nil {
			slog.Warn("the store was not closed cleanly", "error", err)
		}
	}()
	c.Monitor.opened(kept)
	if err := registerSearchAttributes(ctx, temporal, c.Namespace); err != nil {
		slog.Warn("search attributes could not be registered; runs go on without them", "error", err)
	}
	var workers []worker.Worker
	defer func() {
		for _, w := range workers {
			w.Stop()
		}
	}()
	deployment := joinDeployment(ctx, temporal, c.Deployment)
	fatal := make(chan error, len(c.Destinations))
	for _, d := range c.Destinations {
		if err := sqldb.Patiently(ctx, func() error { return kept.AddDestination(ctx, d.Key) }, waitForStore); err != nil {
			return err
		}
		w, err := newWorker(temporal, kept, c, d, deployment, func(err error) { fatal <- err })
		if err != nil {
			return err
		}
		background.Go(func() { alertOverdue(ctx, w.options) })
		background.Go(func() { keepReconciled(ctx, temporal, kept, d.Key) })
		background.Go(func() { watchPollers(ctx, temporal, workflows.TaskQueue(d.Key), w.alone) })
		serving, err := serve(ctx, workflows.TaskQueue(d.Key), w.made)
		if err != nil {
			return nil // it was told to stop before Temporal answered
		}
		workers = append(workers, serving)
		slog.Info("worker serves a destination", "destination", d.Key, "taskQueue", workflows.TaskQueue(d.Key),
			"requestSize", d.RequestSize, "concurrency", d.Concurrency, "pace", cmp.Or(d.Pace, string(dynamics.PaceFast)), "enabled", d.Enabled, "clients", d.logins())
	}
	background.Go(func() { scrub(ctx, kept) })
	if deployment.UseVersioning {
		background.Go(func() { leaveVersion(ctx, temporal, c.Namespace, deployment.Version) })
	}
	if c.Retention > 0 { // zero: nothing is ever too old, as in the sandbox
		background.Go(func() { housekeep(ctx, kept, time.Duration(c.Retention)) })
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return err
	}
}

func waitForStore(cause error) { slog.Warn("waiting for the store", "cause", cause) }

// destinationWorker is what the worker of one destination is made of.
type destinationWorker struct {
	made    func() worker.Worker
	options activities.Options
	alone   *atomic.Bool // nobody else polls the destination's task queue
}

func newWorker(temporal client.Client, kept *store.Store, c Config, d DestinationConfig, deployment worker.DeploymentOptions, fatal func(error)) (*destinationWorker, error) {
	reach := d.dynamics()
	measured := c.Monitor.destination(d.Key)
	if measured != nil {
		reach.Observe = measured.Request
	}
	if c.Tracing != nil {
		reach.Trace = c.Tracing.Request
	}
	remote, err := dynamics.New(reach)
	if err != nil {
		return nil, fmt.Errorf("destination %s: %w", d.Key, err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this worker's host"
	}
	alone := new(atomic.Bool)
	shared, err := newTuner(d.Concurrency*d.logins(), d.RequestSize, alone)
	if err != nil {
		return nil, err
	}
	quiet, err := quiethours.Parse(d.QuietHours)
	if err != nil {
		return nil, err
	}
	o := activities.Options{
		Destination: activities.Destination{
			Name: d.Key, Description: d.Description, Disabled: !d.Enabled, Prefix: d.Prefix,
			RequestSize: d.RequestSize, Pace: dynamics.Pace(d.Pace), Users: d.logins(), RequestTimeout: d.RequestTimeout, ServerTimeout: d.ServerTimeout, DailyRows: d.DailyRows, QuietHours: quiet, Client: remote,
		},
		Store: kept, SourceRoots: c.SourceRoots, SourceURL: sourceURL, Alerts: targets.New(c.AlertHosts), CertFile: c.CertFile, AlertURL: alertURL, Host: host,
	}
	if measured != nil {
		measured.AddClient(remote)
		measured.Follow(kept, d.DailyRows)
		o.Observer = measured
		c.Monitor.serves(d, remote, kept)
	}
	how := worker.Options{
		WorkerStopTimeout:                drainTime,
		Tuner:                            shared,
		MaxConcurrentActivityTaskPollers: pollers,
		MaxHeartbeatThrottleInterval:     heartbeatThrottle,
		OnFatalError:                     fatal,
		DeploymentOptions:                deployment,
		BackgroundActivityContext: activities.Spread(context.Background(), func(ctx context.Context, id, run string, news activities.News) error {
			return temporal.SignalWorkflow(ctx, id, run, activities.SignalNews, news)
		}),
	}
	made := func() worker.Worker {
		w := worker.New(temporal, workflows.TaskQueue(d.Key), how)
		workflows.Register(w)
		activities.Register(w, o)
		return w
	}
	return &destinationWorker{made: made, options: o, alone: alone}, nil
}

// alertURL is where a named alert target is reached: its credentials stay in the worker's
// environment.
func alertURL(name string) string {
	return os.Getenv("ALERT_" + dynamics.SettingName(name) + "_URL")
}

// sourceURL is the database URL of a SQL source's connection: credentials stay in the worker's
// environment.
func sourceURL(connection string) string {
	return os.Getenv("SOURCE_" + dynamics.SettingName(connection) + "_URL")
}

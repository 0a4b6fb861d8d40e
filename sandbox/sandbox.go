package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/dynamics/simulator"
	"audienceflow/monitoring"
	"audienceflow/sandbox/temporal"
	"audienceflow/starter/command"
	"audienceflow/version"
	"audienceflow/worker/host"
)

const (
	// workerStopTime is given to a worker that is told to stop: it finishes requests that it has
	// sent.
	workerStopTime = 45 * time.Second
	// temporalStopTime is given to the server; all that counts is in its database before that.
	temporalStopTime = 15 * time.Second
	// temporalLogSize is how big the server's log may be before a start empties it.
	temporalLogSize = 16 << 20
)

// sandbox is what runs, in the order in which it was started.
type sandbox struct {
	options
	out, errOut io.Writer

	folder    *folder
	storeURL  string
	temporal  *temporal.Server
	client    client.Client
	simulator *simulator.Running // nil: left out
	worker    chan error         // ends with the worker; nil: left out

	stops []func() error // what is to be stopped, the last started first
}

// run runs the command and returns its exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if version.Asked(args) {
		fmt.Fprintln(out, version.Of("sandbox"))
		return command.ExitDone
	}
	o, err := parseOptions(args, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return command.ExitDone
	}
	if err != nil {
		return complain(errOut, err, command.ExitUsage)
	}
	slog.SetDefault(monitoring.NewLogger(errOut, o.LogFormat, o.LogLevel))
	s := &sandbox{options: o, out: out, errOut: errOut}
	answered := context.AfterFunc(ctx, func() {
		fmt.Fprintln(errOut, "\nStopping: what is under way is finished and kept. Ctrl-C again ends it at once.")
	})
	defer answered()
	code := s.run(ctx)
	if err := s.stop(); err != nil {
		complain(errOut, err, code)
	}
	return code
}

func (s *sandbox) run(ctx context.Context) int {
	if err := s.start(ctx); err != nil {
		if ctx.Err() != nil {
			return command.ExitLeft
		}
		return complain(s.errOut, err, command.ExitUsage)
	}
	code := command.ExitDone
	if s.activate {
		code = s.activateSample(ctx)
	}
	if s.once || ctx.Err() != nil {
		return code
	}
	s.printLinks()
	select {
	case <-ctx.Done():
		return command.ExitDone // it stays until it is told to stop, and all it had to do was done; else it is ExitLeft, as above
	case err := <-s.worker:
		return complain(s.errOut, fmt.Errorf("the worker has ended: %w", err), command.ExitFailed)
	}
}

func complain(errOut io.Writer, err error, code int) int {
	fmt.Fprintln(errOut, "sandbox:", err)
	return code
}

// start starts all parts that were asked for. What was started before an error is stopped by stop.
func (s *sandbox) start(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.openFolder, s.startTemporal, s.keepPrivate, s.startSimulator, s.startWorker} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *sandbox) openFolder(ctx context.Context) error {
	held, err := openFolder(s.data)
	if err != nil {
		return err
	}
	s.folder, s.storeURL = held, s.StoreURL
	if s.storeURL == "" {
		s.storeURL = "sqlite:" + held.file(storeFile)
	}
	s.stops = append(s.stops, held.Close)
	return s.keepPrivate(ctx)
}

// keepPrivate mends what older versions have left, and what Temporal makes with the rights of any
// file.
func (s *sandbox) keepPrivate(context.Context) error {
	if err := s.folder.keepPrivate(); err != nil {
		return explainDisk(s.folder.path, err)
	}
	return nil
}

func (s *sandbox) startTemporal(ctx context.Context) error {
	output, err := openLog(s.folder.file(temporalLogFile))
	if err != nil {
		return explainDisk(s.folder.path, err)
	}
	s.stops = append(s.stops, output.Close)
	uiPort := s.uiPort
	if uiPort == 0 {
		uiPort = temporal.FreePort
	}
	s.temporal, err = temporal.Start(ctx, temporal.Options{
		FrontendPort: s.temporalPort,
		UIPort:       uiPort,
		DBFile:       s.folder.file(temporalFile),
		Logger:       slog.New(slog.NewTextHandler(output, nil)),
		LogLevel:     slog.LevelWarn,
	})
	if err != nil {
		return hintPort(err, "-temporal-port or -ui-port")
	}
	s.stops = append(s.stops, s.stopTemporal)
	s.client, err = s.temporal.Dial(ctx, client.Options{Logger: log.NewStructuredLogger(slog.Default())})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func() error { s.client.Close(); return nil })
	return nil
}

func (s *sandbox) stopTemporal() error {
	ctx, cancel := context.WithTimeout(context.Background(), temporalStopTime)
	defer cancel()
	return s.temporal.Stop(ctx)
}

// openLog opens a log for appending, emptied first if it has grown big.
func openLog(path string) (*os.File, error) {
	mode := os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > temporalLogSize {
		mode = os.O_TRUNC
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|mode, privateFile)
}

func (s *sandbox) startWorker(ctx context.Context) error {
	if !s.options.worker {
		return nil
	}
	config, err := s.workerConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // stopped in its turn, not by Ctrl-C itself
	s.worker = make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.worker <- host.Run(ctx, s.client, config)
	}()
	s.stops = append(s.stops, func() error {
		cancel()
		select {
		case <-ended:
			return nil
		case <-time.After(workerStopTime):
			return errors.New("the worker did not stop in time; what it was doing is taken up at the next start")
		}
	})
	return nil
}

// stop stops everything in reverse order; each part gets its chance whatever became of the others.
func (s *sandbox) stop() error {
	var problems []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		problems = append(problems, s.stops[i]())
	}
	return errors.Join(problems...)
}

func hintPort(err error, flags string) error {
	var taken *temporal.PortTakenError
	if errors.As(err, &taken) {
		return fmt.Errorf("%w (%s)", err, flags)
	}
	return err
}

package activities

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.temporal.io/sdk/temporal"
	sqlite "modernc.org/sqlite"

	"audienceflow/activities/lease"
	"audienceflow/store"
)

// workerVariable makes this program a worker that sends a batch for each line that it reads,
// instead of the tests.
const workerVariable = "FREEZE_TEST_WORKER"

// workerSettings are what such a worker is told.
type workerSettings struct {
	StoreURL, Dynamics string
	Request, Margin    time.Duration // how long a request may last; what the lease has beyond that
	Stop               string        // where it stops itself
	Nth                int           // the n-th time that it comes there
}

// workerAnswer is what became of one attempt.
type workerAnswer struct {
	Pending     int64
	Error, Type string
	Final       bool // trying again is of no use
}

func init() { insteadOfTests = serveIfAsked }

// serveIfAsked makes this program such a worker if it is to be one, and reports whether it was.
func serveIfAsked() bool {
	sqlite.MustRegisterScalarFunction("booking", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		stopper.at(pointBooking)
		return int64(0), nil
	})
	text := os.Getenv(workerVariable)
	if text == "" {
		return false
	}
	if err := serveBatches(text); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return true
}

// stopper stops the program it is in, where it is told to.
var stopper stopAt

type stopAt struct {
	point string
	left  atomic.Int64
}

// at stops the whole program before the caller goes on.
func (s *stopAt) at(point string) {
	if s.point != point || s.left.Add(-1) != 0 {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = syscall.Tgkill(syscall.Getpid(), syscall.Gettid(), syscall.SIGSTOP)
}

// clock is the system's; whoever looks at it may be stopped right before.
func (s *stopAt) clock() lease.Instant {
	if s.point != "" {
		s.at(whoAsks())
	}
	return lease.Now()
}

// whoAsks tells what the time is needed for.
func whoAsks() string {
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		switch {
		case strings.Contains(frame.Function, "leasedBody"):
			return pointLook
		case strings.HasSuffix(frame.Function, "(*batch).run"):
			return pointTaking
		case !more:
			return ""
		}
	}
}

func serveBatches(text string) error {
	var settings workerSettings
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		return err
	}
	stopper.point = settings.Stop
	stopper.left.Store(int64(settings.Nth))
	kept, err := store.Open(context.Background(), settings.StoreURL)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }() // the process ends
	// One request at a time: another one could be between its last look at the lease and the
	// socket, which no look can cover.
	client, err := testClient(settings.Dynamics, 1)
	if err != nil {
		return err
	}
	w := &world{options: Options{Store: kept, clock: stopper.clock, Destination: Destination{
		Name: "dynamics", Prefix: "acme", RequestSize: freezeSize, RequestTimeout: settings.Request, ServerTimeout: settings.Request,
		Client: client, margin: settings.Margin,
	}}}
	w.connect()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		answer, err := json.Marshal(w.attempt())
		if err != nil {
			return err
		}
		fmt.Println(string(answer))
	}
	return nil
}

// attempt sends the run's batch once.
func (w *world) attempt() workerAnswer {
	value, err := w.env.ExecuteActivity(w.sending.UpdateContacts, UpdateContactsInput{Run: testRun, Batch: 1})
	var out UpdateContactsResult
	if err == nil {
		err = value.Get(&out)
	}
	answer := workerAnswer{Pending: out.Pending}
	if err != nil {
		answer.Error = err.Error()
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		answer.Type, answer.Final = app.Type(), app.NonRetryable()
	}
	return answer
}

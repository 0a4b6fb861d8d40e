package temporal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"audienceflow/sandbox/temporal"
)

const (
	// childCommand as the first argument turns the test binary into a server on the file that
	// follows it.
	childCommand = "serve-temporal"
	taskQueue    = "greetings"
	workflowID   = "greet/world"
	stopTimeout  = 20 * time.Second
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == childCommand {
		if err := serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs one workflow on a server of its own, says so on stdout and stops cleanly at SIGTERM.
func serve(file string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	server, err := temporal.Start(ctx, temporal.Options{DBFile: file})
	if err != nil {
		return err
	}
	answer, err := runGreeting(ctx, server)
	fmt.Println(answer, err)
	<-ctx.Done()
	stopping, done := context.WithTimeout(context.Background(), stopTimeout)
	defer done()
	return errors.Join(err, server.Stop(stopping))
}

func greet(_ workflow.Context, name string) (string, error) { return "hello " + name, nil }

// runGreeting starts the workflow with all search attributes set, serves it and returns its result.
func runGreeting(ctx context.Context, server *temporal.Server) (string, error) {
	c, err := server.Dial(ctx, client.Options{Logger: quiet()})
	if err != nil {
		return "", err
	}
	defer c.Close()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(greet, workflow.RegisterOptions{Name: "Greet"})
	if err := w.Start(); err != nil {
		return "", err
	}
	defer w.Stop()
	attributes := make([]sdktemporal.SearchAttributeUpdate, 0, len(temporal.SearchAttributes()))
	for _, name := range temporal.SearchAttributes() {
		attributes = append(attributes, sdktemporal.NewSearchAttributeKeyKeyword(name).ValueSet("x"+name))
	}
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                    workflowID,
		TaskQueue:             taskQueue,
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(attributes...),
	}, "Greet", "world")
	if err != nil {
		return "", err
	}
	var answer string
	return answer, errors.Join(run.Get(ctx, &answer), nilIf(answer == "hello world", answer))
}

// quiet keeps the client's lines off stdout, which the parent of a child process reads.
func quiet() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

func nilIf(ok bool, got string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("unexpected result %q", got)
}

func start(t *testing.T, o temporal.Options) *temporal.Server {
	t.Helper()
	server, err := temporal.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		require.NoError(t, server.Stop(ctx))
	})
	return server
}

package temporal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const (
	// startTimeout bounds the wait for a server to answer; a cold start on a slow disk takes some
	// seconds.
	startTimeout = 60 * time.Second
	// attemptTimeout bounds one question to a server that may not listen yet.
	attemptTimeout = 5 * time.Second
	// readyPause lies between two questions.
	readyPause = 100 * time.Millisecond
	// abandonTimeout is given to a server that could not be brought up.
	abandonTimeout = 10 * time.Second
	// healthService is the name under which the frontend reports its health.
	healthService = "temporal.api.workflowservice.v1.WorkflowService"
)

// SearchAttributes returns the names of the keyword attributes that every namespace made here has.
func SearchAttributes() []string {
	return []string{"Destination", "Audience", "ActivationStatus"}
}

// Address is host:port of the frontend, for client.Options.HostPort.
func (s *Server) Address() string { return s.options.address(s.ports.frontend) }

// Namespace is the namespace that the server was started with.
func (s *Server) Namespace() string { return s.options.Namespace }

// UIURL is the address of the web UI, "" when there is none.
func (s *Server) UIURL() string {
	if s.ports.ui == 0 {
		return ""
	}
	return "http://" + s.options.address(s.ports.ui)
}

// Dial connects a client to the server; address and namespace of o are set here. The caller closes
// it.
func (s *Server) Dial(ctx context.Context, o client.Options) (client.Client, error) {
	o.HostPort = s.Address()
	o.Namespace = s.options.Namespace
	c, err := client.DialContext(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("connect to the embedded Temporal server on %s: %w", s.Address(), err)
	}
	return c, nil
}

// Stop ends the UI and the server, running workflows stay in the database. It returns an error when
// ctx ends first; the server then goes on stopping in the background. Call it once.
func (s *Server) Stop(ctx context.Context) error {
	if s.ui != nil {
		s.ui.Stop()
	}
	stopped := make(chan error, 1)
	go func() { stopped <- recovered(s.server.Stop) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the Temporal server has not stopped yet: %w", ctx.Err())
	}
}

func (s *Server) abandon() error {
	ctx, cancel := context.WithTimeout(context.Background(), abandonTimeout)
	defer cancel()
	return s.Stop(ctx)
}

// waitReady returns when the namespace answers and its search attributes can be asked for.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := until(ctx, s.serving)
	if err == nil {
		err = until(ctx, s.namespaceAnswers)
	}
	if err != nil {
		return fmt.Errorf("the Temporal server on %s does not answer: %w", s.Address(), err)
	}
	return nil
}

// serving asks for the frontend's health. Any other question that comes too early is logged as a
// failure.
func (s *Server) serving(ctx context.Context) error {
	connection, err := grpc.NewClient(s.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	health, err := healthpb.NewHealthClient(connection).Check(ctx, &healthpb.HealthCheckRequest{Service: healthService})
	if err != nil {
		return err
	}
	if health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return fmt.Errorf("its health is %s", health.GetStatus())
	}
	return nil
}

func (s *Server) namespaceAnswers(ctx context.Context) error {
	c, err := s.Dial(ctx, client.Options{Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1,
		Query:    SearchAttributes()[0] + " = 'any'",
	})
	return err
}

func (s *Server) waitUI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := until(ctx, func(ctx context.Context) error { return answers(ctx, s.UIURL()+"/healthz") })
	if err != nil {
		return fmt.Errorf("Temporal's UI on %s does not answer: %w", s.UIURL(), err)
	}
	return nil
}

func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}

// until repeats try until it succeeds and returns its last error when ctx ends first.
func until(ctx context.Context, try func(context.Context) error) error {
	pause := time.NewTicker(readyPause)
	defer pause.Stop()
	for {
		err := attempt(ctx, try)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-pause.C:
		}
	}
}

func attempt(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return try(ctx)
}

// recovered turns a panic into an error: the server and its UI panic on what they dislike in their
// configuration.
func recovered(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it gave up: %v", cause)
		}
	}()
	return do()
}

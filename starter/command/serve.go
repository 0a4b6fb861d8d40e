package command

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/connect"
	"audienceflow/environment"
	"audienceflow/monitoring"
	"audienceflow/runs"
	"audienceflow/starter/receive"
	"audienceflow/store"
	"audienceflow/store/inbox"
	"audienceflow/store/sqldb"
	"audienceflow/workflows"
)

// stopTime is how long requests under way may take to be answered once the server is told to stop.
const stopTime = 10 * time.Second

// serveEnvironment is what serve reads beside the starter's own environment.
type serveEnvironment struct {
	Tokens     []string             `envconfig:"AEP_BEARER_TOKENS"`
	TokensFile string               `envconfig:"AEP_TOKENS_FILE"`
	TLSCert    string               `envconfig:"AEP_TLS_CERT_FILE"`
	TLSKey     string               `envconfig:"AEP_TLS_KEY_FILE"`
	LogLevel   slog.Level           `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat  monitoring.LogFormat `envconfig:"LOG_FORMAT" default:"text"`
}

// serveOptions are the flags of serve.
type serveOptions struct {
	listen, activations string
	noAuth              bool
}

func newServe(a *App) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "Receive profiles from Adobe Experience Platform and stream them into Dynamics 365",
		Long: `Receives profiles at POST /v1/destinations/DESTINATION/profiles, keeps them in the activation store before it answers, and
wakes the streams that carry them to Dynamics 365. The activation files of a folder with "source: {stream: true}" say which
audiences are mapped; they are read anew when they change.

Senders sign in with a bearer token: one of AEP_BEARER_TOKENS (comma-separated), or one whose name and hash stand in the file
AEP_TOKENS_FILE (lines "name: hash", made by: printf %s "$TOKEN" | sha256sum). /healthz, /readyz and /metrics (Prometheus)
need no token. With AEP_TLS_CERT_FILE and AEP_TLS_KEY_FILE (PEM) it speaks HTTPS. The files are read anew when they change.`,
		Example: `  AEP_BEARER_TOKENS=secret starter serve --activations activations
  starter serve --listen 127.0.0.1:8090 --activations activations --no-auth`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), o) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8090", "address to listen on")
	c.Flags().StringVar(&o.activations, "activations", "activations", "folder of activation files (*.yaml, *.yml)")
	c.Flags().BoolVar(&o.noAuth, "no-auth", false, "let every sender in; on loopback only")
	return c
}

func (a *App) serve(ctx context.Context, o serveOptions) error {
	var env serveEnvironment
	if err := environment.Read("", &env); err != nil {
		return usage("%w", err)
	}
	slog.SetDefault(monitoring.NewLogger(a.Err, env.LogFormat, env.LogLevel))
	serving := Serving{Listen: o.listen, Activations: o.activations, TokensFile: env.TokensFile}
	var err error
	if serving.Tokens, err = senders(o, env); err != nil {
		return err
	}
	switch {
	case (env.TLSCert == "") != (env.TLSKey == ""):
		return usage("AEP_TLS_CERT_FILE and AEP_TLS_KEY_FILE belong together: set both or none")
	case env.TLSCert != "":
		if serving.TLS, err = receive.Certificate(env.TLSCert, env.TLSKey); err != nil {
			return usage("AEP_TLS_CERT_FILE and AEP_TLS_KEY_FILE: %w", err)
		}
	}
	return a.Serve(ctx, serving)
}

// senders gives the tokens that sign senders in; none only where there is a file of them, or where
// --no-auth says so and nobody else can reach the port.
func senders(o serveOptions, env serveEnvironment) ([]string, error) {
	var tokens []string
	for _, token := range env.Tokens {
		if token = strings.TrimSpace(token); token != "" {
			tokens = append(tokens, token)
		}
	}
	some := len(tokens) > 0 || env.TokensFile != ""
	switch {
	case !o.noAuth && !some:
		return nil, usage("nobody could sign in: set AEP_TOKENS_FILE or AEP_BEARER_TOKENS, or let every sender in with --no-auth (on loopback only)")
	case !o.noAuth:
		return tokens, nil
	case some:
		return nil, usage("--no-auth and AEP_TOKENS_FILE or AEP_BEARER_TOKENS contradict each other: leave one of them out")
	case !loopback(o.listen):
		return nil, usage("--no-auth would let everybody in at %s: listen on 127.0.0.1, or set AEP_TOKENS_FILE or AEP_BEARER_TOKENS", o.listen)
	}
	return nil, nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Serving says where and from whom profiles are received. Without tokens every sender is let in,
// without TLS it is plain HTTP.
type Serving struct {
	Listen, Activations string
	Tokens              []string
	TokensFile          string
	TLS                 *tls.Config
}

// Serve receives profiles until ctx ends; then it answers what is under way and stops.
func (a *App) Serve(ctx context.Context, s Serving) error {
	var kept *store.Store
	err := sqldb.Patiently(ctx, func() (err error) {
		kept, err = store.Open(ctx, a.StoreURL)
		return err
	}, func(cause error) { slog.Warn("waiting for the store", "cause", cause) })
	if err != nil {
		return &Exit{Code: ExitUsage, Err: err}
	}
	defer a.closeStore(kept)
	if err := a.connectLazily(); err != nil {
		return err
	}
	server, err := receive.New(ctx, receive.Options{
		Inbox: kept, Waker: &waker{app: a}, Activations: s.Activations, Tokens: s.Tokens, TokensFile: s.TokensFile,
	})
	if err != nil {
		return &Exit{Code: ExitUsage, Err: err}
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return usage("--listen: %w", err)
	}
	slog.Info("receiving profiles", "address", listener.Addr().String(), "tls", s.TLS != nil, "activations", s.Activations)
	return serveUntil(ctx, server, listener, s.TLS)
}

// serveUntil serves until ctx ends. The inbox stays open until the last request under way is
// answered.
func serveUntil(ctx context.Context, server *receive.Server, listener net.Listener, secured *tls.Config) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { server.Run(working) })
	defer work.Wait()
	defer stop()
	front := server.HTTP()
	failed := make(chan error, 1)
	go func() {
		if front.TLSConfig = secured; secured != nil {
			failed <- front.ServeTLS(listener, "", "") // the configuration has the certificate
			return
		}
		failed <- front.Serve(listener)
	}()
	select {
	case err := <-failed:
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("receiving has ended: %w", err)}
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(working, stopTime)
	defer cancel()
	if err := front.Shutdown(last); err != nil && !errors.Is(err, http.ErrServerClosed) {
		slog.Warn("some requests were not answered", "error", err)
	}
	return nil
}

// connectLazily makes a client that connects when it is first used: profiles are received also
// while Temporal is away.
func (a *App) connectLazily() error {
	if a.Temporal != nil {
		return nil
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	a.options = options
	if a.Temporal, err = client.NewLazyClient(options); err != nil {
		return usage("TEMPORAL_* environment: %w", err)
	}
	a.Namespace = connect.Namespace(options)
	return nil
}

// waker wakes StreamAudience workflows.
type waker struct {
	app *App
	// plain is set once the namespace turned out not to know the search attributes.
	plain atomic.Bool
}

// Wake signals the stream's workflow, and starts it if it is not running. Its error says why
// Temporal cannot be used.
func (w *waker) Wake(ctx context.Context, stream inbox.StreamKey) error {
	if err := w.wakeAnyhow(ctx, stream); err != nil {
		return connect.Explain(context.WithoutCancel(ctx), w.app.options, err)
	}
	return nil
}

func (w *waker) wakeAnyhow(ctx context.Context, stream inbox.StreamKey) error {
	if !w.plain.Load() {
		err := w.wake(ctx, workflows.StreamInput{Stream: stream, SearchAttributes: true})
		var invalid *serviceerror.InvalidArgument
		if !errors.As(err, &invalid) {
			return err
		}
		w.plain.Store(true)
	}
	return w.wake(ctx, workflows.StreamInput{Stream: stream})
}

func (w *waker) wake(ctx context.Context, in workflows.StreamInput) error {
	stream := in.Stream
	id := workflows.StreamID(stream.Destination, stream.Audience)
	options := client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             workflows.TaskQueue(stream.Destination),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         clip(fmt.Sprintf("Stream %s into %s", stream.Audience, stream.Destination)),
	}
	if in.SearchAttributes {
		options.TypedSearchAttributes = temporal.NewSearchAttributes(
			workflows.SearchDestination.ValueSet(stream.Destination),
			workflows.SearchAudience.ValueSet(stream.Audience),
			workflows.SearchStatus.ValueSet(runs.StatusRunning),
		)
	}
	_, err := w.app.Temporal.SignalWithStartWorkflow(ctx, id, workflows.Wake.Name, workflows.Order{}, options, workflows.StreamAudienceType,
		in)
	return err
}

// Awake reports whether the stream's workflow is running.
func (w *waker) Awake(ctx context.Context, stream inbox.StreamKey) (bool, error) {
	described, err := w.app.Temporal.DescribeWorkflowExecution(ctx, workflows.StreamID(stream.Destination, stream.Audience), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

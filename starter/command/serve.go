package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/spf13/cobra"

	"audienceflow/starter/receive"
	"audienceflow/store"
)

// stopTime is how long requests under way may take to be answered once the server is told to stop.
const stopTime = 10 * time.Second

// serveEnvironment is what serve reads beside the starter's own environment.
type serveEnvironment struct {
	Tokens   []string `envconfig:"AEP_BEARER_TOKENS"`
	LogLevel string   `envconfig:"LOG_LEVEL" default:"info"`
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

Senders sign in with one of the bearer tokens of AEP_BEARER_TOKENS (comma-separated). /healthz, /readyz and /metrics
(Prometheus) need no token.`,
		Example: `  AEP_BEARER_TOKENS=secret starter serve --activations activations
  starter serve --listen 127.0.0.1:8090 --activations activations --no-auth`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), o) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8090", "address to listen on")
	c.Flags().StringVar(&o.activations, "activations", "activations", "folder of activation files (*.yaml, *.yml)")
	c.Flags().BoolVar(&o.noAuth, "no-auth", false, "let every sender in; on loopback only")
	return c
}

func (a *App) serve(ctx context.Context, o serveOptions) error {
	var env serveEnvironment
	if err := envconfig.Process("", &env); err != nil {
		return usage("environment: %w", err)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(env.LogLevel)); err != nil {
		return usage("LOG_LEVEL %q: use debug, info, warn or error", env.LogLevel)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level})))
	tokens, err := senders(o, env.Tokens)
	if err != nil {
		return err
	}
	return a.Serve(ctx, o.listen, o.activations, tokens)
}

// senders gives the tokens that sign senders in; none only where --no-auth says so and nobody else can reach the port.
func senders(o serveOptions, list []string) ([]string, error) {
	var tokens []string
	for _, token := range list {
		if token = strings.TrimSpace(token); token != "" {
			tokens = append(tokens, token)
		}
	}
	switch {
	case !o.noAuth && len(tokens) == 0:
		return nil, usage("nobody could sign in: set AEP_BEARER_TOKENS, or let every sender in with --no-auth (on loopback only)")
	case !o.noAuth:
		return tokens, nil
	case len(tokens) > 0:
		return nil, usage("--no-auth and AEP_BEARER_TOKENS contradict each other: leave one of them out")
	case !loopback(o.listen):
		return nil, usage("--no-auth would let everybody in at %s: listen on 127.0.0.1, or set AEP_BEARER_TOKENS", o.listen)
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

// Serve receives profiles until ctx ends; then it answers what is under way and stops. No tokens: every sender is let in.
func (a *App) Serve(ctx context.Context, listen, folder string, tokens []string) error {
	kept, err := store.Open(ctx, a.StoreURL, store.WithEagerWrites())
	if err != nil {
		return &Exit{Code: ExitUsage, Err: err}
	}
	defer a.closeStore(kept)
	if err := a.connectLazily(); err != nil {
		return err
	}
	server, err := receive.New(ctx, receive.Options{Inbox: kept, Waker: &waker{app: a}, Activations: folder, Tokens: tokens})
	if err != nil {
		return &Exit{Code: ExitUsage, Err: err}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return usage("--listen: %w", err)
	}
	slog.Info("receiving profiles", "address", listener.Addr().String(), "activations", folder)
	return serveUntil(ctx, server, listener)
}

// serveUntil serves until ctx ends. The inbox stays open until the last request under way is answered.
func serveUntil(ctx context.Context, server *receive.Server, listener net.Listener) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { server.Run(working) })
	defer work.Wait()
	defer stop()
	front := server.HTTP()
	failed := make(chan error, 1)
	go func() { failed <- front.Serve(listener) }()
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

package temporal

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
)

const (
	// DefaultHost keeps the sandbox to this machine: the server asks nobody for a password.
	DefaultHost = "127.0.0.1"
	// DefaultNamespace is the namespace that Temporal's clients use when they are told none.
	DefaultNamespace = "default"
	// FreePort as Options.UIPort serves the UI on a port chosen by the system.
	FreePort = -1

	largestPort = 65535
)

// Options says what to start. The zero value is a server in memory on a free port of 127.0.0.1,
// without UI.
type Options struct {
	// Host is the IP address that everything listens on; "" is DefaultHost.
	Host string
	// FrontendPort is the port that clients and workers dial; 0 takes a free one.
	FrontendPort int
	// UIPort is the port of the web UI; 0 starts none, FreePort takes a free one.
	UIPort int
	// DBFile is the SQLite file, made with its folders when absent; "" keeps everything in memory.
	DBFile string
	// Namespace is made when absent; "" is DefaultNamespace.
	Namespace string
	// Logger takes the server's own log lines; nil is slog.Default().
	Logger *slog.Logger
	// LogLevel is the least level of the server's lines that is passed on; nil is slog.LevelError,
	// for at lower levels a starting server reports hundreds of things that are as they should be.
	LogLevel slog.Leveler
}

func (o Options) withDefaults() Options {
	if o.Host == "" {
		o.Host = DefaultHost
	}
	if o.Namespace == "" {
		o.Namespace = DefaultNamespace
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LogLevel == nil {
		o.LogLevel = slog.LevelError
	}
	return o
}

func (o Options) validate() error {
	var problems []error
	if net.ParseIP(o.Host) == nil {
		problems = append(problems, fmt.Errorf("host %q is not an IP address, such as %s", o.Host, DefaultHost))
	}
	if o.FrontendPort < 0 || o.FrontendPort > largestPort {
		problems = append(problems, fmt.Errorf("frontend port %d is not between 0 and %d", o.FrontendPort, largestPort))
	}
	if o.UIPort < FreePort || o.UIPort > largestPort {
		problems = append(problems, fmt.Errorf("UI port %d is not between 0 and %d", o.UIPort, largestPort))
	}
	return errors.Join(problems...)
}

func (o Options) address(port int) string {
	return net.JoinHostPort(o.Host, strconv.Itoa(port))
}

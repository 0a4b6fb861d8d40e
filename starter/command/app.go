package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"

	"go.temporal.io/sdk/client"

	"audienceflow/store"
)

// Exit codes of every command.
const (
	ExitDone     = 0
	ExitFailed   = 1 // the run failed or was canceled
	ExitUsage    = 2 // usage or configuration, already running, nothing to validate
	ExitMismatch = 3 // validation found a mismatch
	ExitPerson   = 4 // the run waits for a person and goes on without this command
	ExitLeft     = 130
)

// Exit is an error with the code to exit with. A Quiet one has said all it has to say on stdout.
type Exit struct {
	Code  int
	Err   error
	Quiet bool
}

func (e *Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap gives the error that the code stands for.
func (e *Exit) Unwrap() error { return e.Err }

func usage(format string, args ...any) error {
	return &Exit{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// exit ends with a code after everything was printed.
func exit(code int) error {
	if code == ExitDone {
		return nil
	}
	return &Exit{Code: code, Quiet: true}
}

// Code is the exit code that an error of a command stands for.
func Code(err error) int {
	var e *Exit
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &e):
		return e.Code
	}
	return ExitFailed
}

// App is what commands work with. Temporal is dialled at first use unless it is set, with its namespace.
type App struct {
	Temporal  client.Client
	Namespace string
	options   client.Options
	// StoreURL is the activation store that the starter reads; the worker's own, if the two are set up alike.
	StoreURL string
	Out, Err io.Writer
	// In answers questions, where it is a terminal.
	In io.Reader
	// Format is "table", "json" or, where a command offers it, "csv".
	Format string
}

// openStore opens the starter's store, without making one that is not there.
func (a *App) openStore(ctx context.Context) (*store.Store, error) {
	if path, ok := sqlitePath(a.StoreURL); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, usage("no activation store at %s: set STORE_URL to the worker's store", a.StoreURL)
		}
	}
	s, err := store.Open(ctx, a.StoreURL)
	if err != nil {
		return nil, &Exit{Code: ExitUsage, Err: err}
	}
	return s, nil
}

// closeStore closes a store after use. What was read or written stands already, so an error here is only told.
func (a *App) closeStore(s *store.Store) {
	if err := s.Close(); err != nil {
		a.notef("the store was not closed cleanly: %v", err)
	}
}

// storeOf opens the store and makes sure that it is the one that the run's worker uses.
func (a *App) storeOf(ctx context.Context, id string) (*store.Store, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	if id != "" && s.ID() != id {
		a.closeStore(s)
		return nil, usage("the starter's STORE_URL (%s) is another store than the worker's: set it to the same one to see rows", a.StoreURL)
	}
	return s, nil
}

// counted is a number with what it counts: "1 row", "2 rows".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// timeForm is how times are shown: in the local zone, by name.
const timeForm = "2006-01-02 15:04:05 MST"

// operator is who runs this command, for the record of who paused what.
func operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

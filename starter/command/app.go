package command

import (
	"context"
	"io"
	"os"
	"os/user"
	"strings"

	"go.temporal.io/sdk/client"

	"audienceflow/store"
)

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

// sqlitePath is the file of an embedded store.
func sqlitePath(url string) (string, bool) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	return strings.TrimPrefix(path, "//"), ok
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"audienceflow/store"
	"audienceflow/store/sqldb"
	"audienceflow/store/upkeep"
)

func newStore(a *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "Back up and check the activation store",
		Example: `  starter store backup /backups/audienceflow-2026-03-01.db
  starter store check`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return usage("name what to do with the store: backup or check") },
	}
	c.AddCommand(newStoreBackup(a), newStoreCheck(a))
	return c
}

func newStoreBackup(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of an embedded store, while everything runs",
		Long: `Writes a copy of the SQLite store at STORE_URL, as it is at one moment, while workers go on. The copy is checked, on the disk
when the command ends, and readable by its owner alone. It overwrites nothing. A store in PostgreSQL has pg_dump: the command says how,
and exits with 2.`,
		Example: `  starter store backup /backups/audienceflow-2026-03-01.db
  starter store backup "/backups/audienceflow-$(date +%F).db" -o json`,
		Args: oneArg("file", "/backups/audienceflow.db"),
		RunE: func(c *cobra.Command, args []string) error { return a.BackupStore(c.Context(), args[0]) },
	}
}

// storeBackup is what was written.
type storeBackup struct {
	Store string `json:"store"`
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

// BackupStore writes a copy of the store to a file.
func (a *App) BackupStore(ctx context.Context, to string) error {
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	err = s.Backup(ctx, to)
	switch {
	case errors.Is(err, sqldb.ErrOwnTools):
		return usage(`%w: pg_dump -Fc -f FILE "$STORE_URL"`, err)
	case err != nil:
		return &Exit{Code: ExitFailed, Err: err}
	}
	done := storeBackup{Store: s.ID()}
	if done.File, err = filepath.Abs(to); err != nil {
		return err
	}
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	done.Bytes = info.Size()
	if a.Format == "json" {
		return a.json(done)
	}
	a.printf("%s: %d bytes, store %s\n", done.File, done.Bytes, done.Store)
	return nil
}

func newStoreCheck(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look through the whole activation store",
		Long: `Looks through the store at STORE_URL: the file of an embedded store with its indexes, the version of the schema, rows that belong
to others, and every contact of the ledgers. It changes nothing, not even the version of the schema: a store of another version is not
looked into any further. It may run beside everything else, and takes a minute or so for ten million contacts. Exit code 1: something
is not as it should be.`,
		Example: `  starter store check
  STORE_URL=sqlite:/backups/audienceflow-2026-03-01.db starter store check -o json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.CheckStore(c.Context()) },
	}
}

// storeCheck is what was found.
type storeCheck struct {
	Store  string             `json:"store"`
	OK     bool               `json:"ok"`
	Schema *upkeep.Schema     `json:"schema,omitempty"` // where it can be read
	Steps  []upkeep.CheckStep `json:"steps"`
}

// CheckStore looks through the store. Exit code 1 where something is wrong with it.
func (a *App) CheckStore(ctx context.Context) error {
	s, err := a.openStore(ctx, store.ReadOnly())
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	found := storeCheck{Store: s.ID(), OK: true}
	if found.Steps, err = s.Check(ctx); err != nil {
		return &Exit{Code: ExitFailed, Err: err}
	}
	if schema, err := s.Schema(ctx); err == nil { // a file that is damaged says so among the steps
		found.Schema = &schema
	}
	for _, step := range found.Steps {
		found.OK = found.OK && step.Problem == ""
	}
	if err := a.printStoreCheck(found); err != nil {
		return err
	}
	if !found.OK {
		return &Exit{Code: ExitFailed, Quiet: true}
	}
	return nil
}

func (a *App) printStoreCheck(found storeCheck) error {
	if a.Format == "json" {
		return a.json(found)
	}
	t := a.table()
	for _, step := range found.Steps {
		verdict, detail := "ok", step.Detail
		if step.Problem != "" {
			verdict = "FAIL"
			detail += ": " + step.Problem
		}
		t.Row(verdict, step.Name, detail)
	}
	return t.End()
}

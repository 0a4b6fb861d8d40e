// Command record records histories of every workflow and path, from the code as it is: an embedded
// Temporal server, simulated Dynamics 365 environments and workers run them for real.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"audienceflow/version"
	"audienceflow/workflows/recorded"
)

// defaultFolder is where the replay test reads histories from, seen from the repository's root.
const defaultFolder = "workflows/testdata/histories"

const usageText = `Usage: go run ./sandbox/record [flags] [PATH...]

Records the histories that "go test ./workflows" replays: it starts a Temporal server, simulated
Dynamics 365 environments and workers, takes each path through the workflows for real, and writes
what Temporal has kept as JSON. Without PATH it records the paths that have no history yet.

A history is a running workflow of somebody who upgrades. So it is recorded from committed code, and
never overwritten: recorded again, activate-completed becomes activate-completed-2 beside it.

Paths are listed in workflows/recorded/paths.go, and how to take them is in sandbox/record.

Examples:
  go run ./sandbox/record                          whatever has no history yet
  go run ./sandbox/record -list                    the paths, and which have a history
  go run ./sandbox/record activate-completed       a path again, after a change behind GetVersion
  go run ./sandbox/record -all -slow -folder DIR   everything into another folder

Flags:
`

// options are the command line.
type options struct {
	folder          string
	all, slow, list bool
	paths           []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	if version.Asked(args) {
		fmt.Fprintln(out, version.Of("record"))
		return nil
	}
	o, err := parse(args, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	level := slog.HandlerOptions{Level: slog.LevelError}
	slog.SetDefault(slog.New(slog.NewTextHandler(errOut, &level)))
	album, err := openAlbum(o.folder)
	if err != nil {
		return err
	}
	if o.list {
		return album.list(out)
	}
	if o.folder == defaultFolder {
		if err := committed(ctx); err != nil {
			return err
		}
	}
	chosen, err := o.choose(album)
	if err != nil {
		return err
	}
	return record(ctx, chosen, album, out)
}

func parse(args []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, usageText)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.folder, "folder", defaultFolder, "`folder` of the histories")
	flags.BoolVar(&o.all, "all", false, "also paths that have a history")
	flags.BoolVar(&o.slow, "slow", false, "also paths that take minutes: a run that is late, a day's rows")
	flags.BoolVar(&o.list, "list", false, "list the paths and their histories, record nothing")
	err := flags.Parse(args)
	o.paths = flags.Args()
	return o, err
}

// committed makes sure that what is recorded is code that somebody else can have.
func committed(ctx context.Context) error {
	git := exec.CommandContext(ctx, "git", "status", "--porcelain", "--",
		"workflows/*.go", "activities/*.go")
	changed, err := git.Output()
	if err != nil {
		return fmt.Errorf("git does not tell whether the workflows are committed: %w", err)
	}
	if len(changed) > 0 {
		return fmt.Errorf("these files are not committed, and a history comes from committed code:\n%s"+
			"Commit first, or record into another -folder", changed)
	}
	return nil
}

// choose gives the paths to record. Those that are named are recorded in any case.
func (o options) choose(a *album) (map[string]bool, error) {
	chosen := map[string]bool{}
	for _, name := range o.paths {
		known := slices.ContainsFunc(recorded.Paths, func(p recorded.Path) bool { return p.Name == name })
		if !known {
			return nil, fmt.Errorf("there is no path %q that can be recorded: -list shows them", name)
		}
		chosen[name] = true
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	for _, s := range scenarios {
		for _, name := range strings.Fields(s.paths) {
			if (o.all || !a.has(name)) && (o.slow || !s.slow) {
				chosen[name] = true
			}
		}
	}
	return chosen, nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"audienceflow/version"
)

const (
	exitFailed = 1
	exitUsage  = 2

	formatTable = "table"
	formatJSON  = "json"

	// defaultContacts take a minute or two; the first thousands of contacts pay for every
	// connection and cache.
	defaultContacts = 100_000
	// leastContacts is below what can be timed at all.
	leastContacts = 1_000
	// defaultLimitContacts at limitRate take as long as some windows of the limits.
	defaultLimitContacts = 100_000
)

const usageText = `Usage: go run ./sandbox/bench [flags]

Measures Audienceflow on this machine, in a temporary folder and on free ports: stages in contacts per second, ratios to a
bare loop that posts ready-made UpdateMultiple bodies to the same simulator, the throughput at the service protection limits,
the worker's memory, the history that a run leaves in Temporal, and other clients in the same minute.

Examples:
  go run ./sandbox/bench
  go run ./sandbox/bench -contacts 1000000 -limit-contacts 0 -o json > 1m.json
  go run ./sandbox/bench -plot docs/performance 10k.json 100k.json 1m.json

Flags:
`

// options are the command line.
type options struct {
	contacts, limitContacts int
	format, plot, profile   string
	store                   string
	noPeers                 bool
	files                   []string // of -plot
}

// garbagePercent keeps the bench's own garbage, Temporal's included, from taking the cores of what
// is measured.
const garbagePercent = 400

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	debug.SetGCPercent(garbagePercent)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if version.Asked(args) {
		fmt.Fprintln(out, version.Of("bench"))
		return 0
	}
	o, err := parseOptions(args, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errOut, "bench:", err)
		return exitUsage
	}
	if o.plot != "" {
		err = plotFiles(o.plot, o.files)
	} else {
		err = measureAndPrint(ctx, o, out, errOut)
	}
	if err != nil {
		fmt.Fprintln(errOut, "bench:", err)
		return exitFailed
	}
	return 0
}

func measureAndPrint(ctx context.Context, o options, out, errOut io.Writer) error {
	result, err := measure(ctx, o, errOut)
	if err != nil {
		return err
	}
	if o.format == formatJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(result)
	}
	return printTable(out, result)
}

// parseOptions reads the flags. flag.ErrHelp means that help was asked for and given.
func parseOptions(args []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, usageText)
		flags.PrintDefaults()
	}
	flags.IntVar(&o.contacts, "contacts", defaultContacts, "`number` of contacts in the audience")
	flags.IntVar(&o.limitContacts, "limit-contacts", defaultLimitContacts, "`number` of contacts sent with the limits on, at most -contacts; 0 leaves that part out")
	flags.StringVar(&o.format, "o", formatTable, "`format` on stdout: table or json")
	flags.StringVar(&o.plot, "plot", "", "draw the JSON files given as arguments into this `folder` as SVG, and measure nothing")
	flags.StringVar(&o.profile, "profile", "", "`file` for a CPU profile of the worker; goes with -limit-contacts 0")
	flags.StringVar(&o.store, "store", "", "`URL` of an empty database for the worker's records, postgres://...; without: SQLite; goes with -limit-contacts 0")
	flags.BoolVar(&o.noPeers, "no-peers", false, "leave out other ways of writing the same contacts")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.files = flags.Args()
	return o, o.check()
}

func (o options) check() error {
	var problems []error
	if o.contacts < leastContacts {
		problems = append(problems, fmt.Errorf("-contacts %d: give at least %d", o.contacts, leastContacts))
	}
	if o.limitContacts < 0 {
		problems = append(problems, fmt.Errorf("-limit-contacts %d: give 0 or more", o.limitContacts))
	}
	if o.profile != "" && o.limitContacts > 0 {
		problems = append(problems, errors.New("-profile: add -limit-contacts 0, a worker at the limits has little to do"))
	}
	if o.store != "" && o.limitContacts > 0 {
		problems = append(problems, errors.New("-store: add -limit-contacts 0, the part at the limits has a store of its own"))
	}
	if o.format != formatTable && o.format != formatJSON {
		problems = append(problems, fmt.Errorf("-o %s: use table or json", o.format))
	}
	switch {
	case o.plot == "" && len(o.files) > 0:
		problems = append(problems, fmt.Errorf("%q is no flag: flags start with a dash, see -help", o.files[0]))
	case o.plot != "" && len(o.files) == 0:
		problems = append(problems, errors.New("-plot needs files of the bench's JSON as arguments"))
	}
	return errors.Join(problems...)
}

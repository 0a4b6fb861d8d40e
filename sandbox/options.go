package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"audienceflow/audience/files"
	settings "audienceflow/environment"
	"audienceflow/monitoring"
)

const (
	formatTable = "table"
	formatJSON  = "json"
)

// options are the command line and the environment of the sandbox.
type options struct {
	once, worker, simulator, activate   bool
	format, data                        string
	temporalPort, uiPort, simulatorPort int
	columns                             []string // more columns of the simulated contacts

	environment
}

// environment is what the sandbox itself reads. Without the simulator the worker reads DYNAMICS_*
// too.
type environment struct {
	StoreURL    string               `envconfig:"STORE_URL"` // "": a file in the data folder
	SourceRoots []string             `envconfig:"SOURCE_ROOTS"`
	AlertHosts  []string             `envconfig:"ALERT_HOSTS"`
	LogLevel    slog.Level           `envconfig:"LOG_LEVEL" default:"warn"`
	LogFormat   monitoring.LogFormat `envconfig:"LOG_FORMAT" default:"text"`
}

const usageText = `Usage: go run ./sandbox [flags]

Runs Audienceflow whole in one process: Temporal with its UI, a simulated Dynamics 365 with 10,000 contacts and a
worker. Activates the sample audience, validates it, prints the report and stays until Ctrl-C. The first build of the
embedded Temporal server takes some minutes; after that a start takes seconds.

Examples:
  go run ./sandbox                          look around: the UI is on http://127.0.0.1:8233
  go run ./sandbox -once -o json            exit after the report, 0 only if the validation matches
  go run ./sandbox -activate=false          leave the activating to "go run ./starter"
  go run ./sandbox -simulator=false         your own Dynamics, by the DYNAMICS_* environment
  rm -r data                                start anew: everything is kept in that folder

Flags:
`

// parseOptions reads flags and environment. flag.ErrHelp means that help was asked for and given.
func parseOptions(args []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // a wrong flag is told in one line
	help := func() {
		fmt.Fprint(errOut, usageText)
		flags.SetOutput(errOut)
		flags.PrintDefaults()
	}
	flags.BoolVar(&o.once, "once", false, "exit after the report: 0 if the validation matches, 3 if not, 1 if the run failed")
	flags.StringVar(&o.format, "o", formatTable, "`format` of the report on stdout: table or json")
	flags.BoolVar(&o.worker, "worker", true, "run a worker")
	flags.BoolVar(&o.simulator, "simulator", true, "run a simulated Dynamics 365; false: the DYNAMICS_* environment says where the real one is")
	flags.BoolVar(&o.activate, "activate", true, "activate the sample audience")
	flags.StringVar(&o.data, "data", defaultFolder, "`folder` of everything that is kept")
	flags.IntVar(&o.temporalPort, "temporal-port", 7233, "`port` of Temporal; 0 takes a free one")
	flags.IntVar(&o.uiPort, "ui-port", 8233, "`port` of Temporal's UI; 0 takes a free one")
	flags.IntVar(&o.simulatorPort, "simulator-port", 9080, "`port` of the simulated Dynamics 365; 0 takes a free one")
	flags.Func("column", "add a `column` NAME:TYPE[:LENGTH] to the simulated contacts, repeatable; acme_vipstatus and acme_newsletter are there", func(spec string) error {
		o.columns = append(o.columns, spec)
		return nil
	})
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		help()
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w: see -help", err)
	}
	return o, errors.Join(settings.Read("", &o.environment), o.check(flags.Args()))
}

func (o options) check(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("%q is no flag: flags start with a dash, see -help", rest[0]))
	}
	if o.format != formatTable && o.format != formatJSON {
		problems = append(problems, fmt.Errorf("-o %s: use table or json", o.format))
	}
	if o.once && !o.activate {
		problems = append(problems, errors.New("-once exits after the report, and -activate=false makes none: leave one of them out"))
	}
	if len(o.columns) > 0 && !o.simulator {
		problems = append(problems, errors.New("-column adds a column to the simulated contacts, and -simulator=false has none: leave one of them out"))
	}
	if err := files.CheckRoots(o.SourceRoots); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

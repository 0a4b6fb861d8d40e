package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	formatTable = "table"
	formatJSON  = "json"
)

// options are the command line.
type options struct {
	url, token, simulator, audience, format string
	rate                                    float64
	count, batch, senders                   int
	exits, timeScale                        float64
	packed                                  bool
	wait                                    time.Duration
}

const usageText = `Usage: go run ./sandbox/aep [flags]

Plays Adobe Experience Platform: sends profiles to "starter serve" at a chosen rate. What is not answered with 2xx for
a passing reason (5xx, 429, no answer) is sent again after 15 s, then after 30 s, then dropped. The contacts are those of
the simulated Dynamics 365; with -wait, it also measures how long each profile takes to get there.

Example, beside "go run ./sandbox -activate=false" and "starter serve --activations DIR --no-auth":
  go run ./sandbox/aep -rate 200 -count 2000

Flags:
`

func parseOptions(args []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("aep", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		fmt.Fprint(errOut, usageText)
		flags.PrintDefaults()
	}
	first, _, _ := strings.Cut(os.Getenv("AEP_BEARER_TOKENS"), ",")
	flags.StringVar(&o.url, "url", "http://127.0.0.1:8090/v1/destinations/dynamics/profiles", "`where` profiles are received")
	flags.StringVar(&o.token, "token", strings.TrimSpace(first), "bearer `token`; default: the first of AEP_BEARER_TOKENS")
	flags.StringVar(&o.simulator, "simulator", "http://127.0.0.1:9080", "`address` of the simulated Dynamics 365")
	flags.StringVar(&o.audience, "audience", "vip", "`id` of the audience, in namespace ups")
	flags.Float64Var(&o.rate, "rate", 200, "`profiles` per second")
	flags.IntVar(&o.count, "count", 1000, "`profiles` to send")
	flags.IntVar(&o.batch, "batch", 1, "`profiles` in one request")
	flags.IntVar(&o.senders, "senders", 64, "most `requests` under way")
	flags.Float64Var(&o.exits, "exits", 0.25, "`share` of profiles that leave the audience")
	flags.BoolVar(&o.packed, "gzip", false, "send bodies compressed")
	flags.Float64Var(&o.timeScale, "time-scale", 1, "`factor` by which retries come sooner")
	flags.DurationVar(&o.wait, "wait", 30*time.Second, "how `long` to wait for the last profile to arrive; 0: do not measure")
	flags.StringVar(&o.format, "o", formatTable, "`format`: table or json")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.check(flags.Args())
}

func (o options) check(rest []string) error {
	var problems []error
	if len(rest) > 0 {
		problems = append(problems, fmt.Errorf("%q is no flag: flags start with a dash, see -help", rest[0]))
	}
	if o.rate <= 0 || o.count <= 0 || o.batch <= 0 || o.senders <= 0 || o.timeScale <= 0 {
		problems = append(problems, errors.New("-rate, -count, -batch, -senders and -time-scale must be above 0"))
	}
	if o.format != formatTable && o.format != formatJSON {
		problems = append(problems, fmt.Errorf("-o %s: use table or json", o.format))
	}
	return errors.Join(problems...)
}

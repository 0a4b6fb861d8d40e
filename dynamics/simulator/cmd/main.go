// Command cmd runs a Dataverse simulator.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"audienceflow/dynamics/simulator"
	"audienceflow/version"
)

const (
	exitUsage  = 2
	exitFailed = 1
)

const example = `
Example:
  go run ./dynamics/simulator/cmd -contacts 10000 -prefix acme -column acme_vipstatus:string:100

then sign in at http://127.0.0.1:9080/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token with client "client" and
secret "secret", and call http://127.0.0.1:9080/api/data/v9.2/. Managed identities sign in at /metadata/identity/oauth2/token,
as on a virtual machine, or at /msi/token with the secret as X-IDENTITY-HEADER, as in App Service. GET http://127.0.0.1:9080/_simulator/stats shows what
clients did. POST /_simulator/faults {kind, match, count, share, status, code, message, ids, seconds} makes requests go
wrong, those of the token endpoint, too, where match names it. Kinds:
  instead of the work  status, code, outage, hang, cut-before, html, foreign, empty, redirect
  when it is done      cut-after, hang-after, slow-body, truncated, broken-gzip, elsewhere
  by its rows          plugin, deadlock, sql-timeout
  of tokens            expired-tokens, token-lifetime
match is a part of "METHOD /path?query", or a regular expression for it. A fault hits count requests, or all until it is ended:
DELETE /_simulator/faults ends them all, GET lists those in force. seconds is how long an outage lasts, a hang or a slow body
takes or a token lives; of a 429 or 503 it is the Retry-After.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if version.Asked(args) {
		_, _ = fmt.Fprintln(out, version.Of("simulator"))
		return 0
	}
	address, options, err := parse(args, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintln(errOut, "simulator:", err) // the exit code says it too
		return exitUsage
	}
	running, err := simulator.StartOn(address, options)
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "simulator:", explain(err, address))
		return exitFailed
	}
	_, _ = fmt.Fprintf(out, "Dataverse simulator: %s, %d contacts\n", running.URL, running.Server.Contacts())
	<-ctx.Done()
	if err := running.Close(); err != nil {
		_, _ = fmt.Fprintln(errOut, "simulator:", err)
		return exitFailed
	}
	return 0
}

func explain(err error, address string) string {
	if errors.Is(err, syscall.EADDRINUSE) {
		return address + " is taken by another program: stop that one or choose another address with -listen"
	}
	return err.Error()
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func parse(args []string, errOut io.Writer) (string, simulator.Options, error) {
	var o simulator.Options
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.Usage = func() {
		_, _ = fmt.Fprint(errOut, "A Dataverse Web API simulator: token endpoint, Web API and control endpoints on one address.\n\nFlags (-name value or -name=value):\n")
		flags.PrintDefaults()
		_, _ = fmt.Fprint(errOut, example)
	}
	address := flags.String("listen", "127.0.0.1:9080", "`address` to listen on")
	limits := flags.String("limits", "on", "service protection limits, `on|off`")
	certificate := flags.String("client-certificate", "", "PEM `file` of the certificate that client assertions are signed with")
	contactFlags(flags, &o)
	flags.StringVar(&o.Federated, "federated", "", "`ISSUER,SUBJECT` of another issuer's tokens that sign the applications in, in place of certificates")
	flags.StringVar(&o.TenantID, "tenant", "11111111-1111-1111-1111-111111111111", "tenant `id`")
	flags.StringVar(&o.ClientID, "client-id", "client", "application (client) `id`")
	flags.StringVar(&o.ClientSecret, "client-secret", "secret", "client `secret`")
	flags.Var((*list)(&o.Clients), "client", "further application `ID:SECRET`, repeatable: each is another application user with limits of its own")
	flags.DurationVar(&o.TokenLifetime, "token-lifetime", 0, "how long a token is good for (3599s unless set)")
	loadFlags(flags, &o)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", o, err
		}
		return "", o, errors.New("see --help")
	}
	if flags.NArg() > 0 {
		return "", o, fmt.Errorf("unexpected argument %q: see --help", flags.Arg(0))
	}
	if *limits != "on" && *limits != "off" {
		return "", o, fmt.Errorf("limits: %q is neither on nor off", *limits)
	}
	o.NoLimits = *limits == "off"
	if *certificate != "" {
		pem, err := os.ReadFile(*certificate)
		if err != nil {
			return "", o, fmt.Errorf("client-certificate: %w", err)
		}
		o.Certificate = pem
	}
	return *address, o, nil
}

func contactFlags(flags *flag.FlagSet, o *simulator.Options) {
	flags.IntVar(&o.Contacts, "contacts", 0, "`number` of contacts to generate")
	flags.StringVar(&o.ContactsFrom, "contacts-from", "", "CSV `file` of contacts: a header of logical names; empty is null")
	flags.StringVar(&o.DataDir, "data", "", "`folder` that keeps contacts across restarts")
	flags.Int64Var(&o.Seed, "seed", 1, "`seed` of generated contacts: equal seeds give equal contacts")
	flags.StringVar(&o.Prefix, "prefix", "acme", "the publisher's customization `prefix`")
	flags.Var((*list)(&o.Columns), "column", "custom column `NAME:TYPE[:LENGTH]`, repeatable; types: "+simulator.ColumnTypes+" (LENGTH: of a choice, how many options)")
	flags.Var((*list)(&o.Keys), "key", "alternate key of contact `COLUMN[,COLUMN...]`, repeatable")
	flags.Var((*list)(&o.Secured), "secured", "`column` that column security keeps from the application user, repeatable")
	flags.Var((*list)(&o.Deny), "deny", "`privilege` that the application users lack, such as prvWriteContact, or ID:privilege for that of one application; repeatable")
	flags.BoolVar(&o.NoUpdateMultiple, "no-update-multiple", false, "contact without CreateMultiple, UpdateMultiple and UpsertMultiple")
}

func loadFlags(flags *flag.FlagSet, o *simulator.Options) {
	flags.DurationVar(&o.Latency, "latency", 0, "service time of each Web API request")
	flags.DurationVar(&o.RowLatency, "row-latency", 0, "service time added for each row written")
	flags.IntVar(&o.Servers, "servers", 1, "`number` of web servers, each with limits of its own")
	flags.Float64Var(&o.Others, "others", 0, "`share` of each budget that others of the same user take, steadily (0.5: half)")
	flags.IntVar(&o.Parallelism, "parallelism", 0, "`number` of requests that a server works on without slowing down (8 unless set)")
	flags.Float64Var(&o.TimeScale, "time-scale", 1, "how many `times` faster the simulator's time runs: limits' windows, Retry-After and latencies shrink")
}

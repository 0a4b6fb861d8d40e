package activities

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/store/columns"
)

// ownership is the step that tells whose the status column is.
func (c *Connection) ownership(ctx context.Context, a Activation, column string) (CheckStep, error) {
	step := CheckStep{Name: "column owner", OK: true, Detail: "free"}
	err := c.o.ownColumn(ctx, a, column)
	var taken *columns.Taken
	switch {
	case errors.As(err, &taken):
		step.OK, step.Detail = false, taken.Error()
		return step, nil
	case err != nil:
		return step, err
	}
	if owner, _, err := c.o.Store.ColumnOwner(ctx, a.Destination, column); err == nil && owner != "" {
		step.Detail = "this audience"
	}
	return step, nil
}

// ownColumn is a *columns.Taken error where the status column belongs to another audience.
func (o Options) ownColumn(ctx context.Context, a Activation, column string) error {
	return o.Store.CheckOwner(ctx, a.Destination, column, a.Audience, a.Namespace)
}

// sourceText is what a check's answer, which travels through Temporal, says of a failure; its
// detail is kept in the store under the check's own id.
func (o Options) sourceText(ctx context.Context, err error) string {
	var source *audience.SourceError
	if !errors.As(err, &source) {
		return withoutWords(err)
	}
	o.keepDetail(ctx, activity.GetInfo(ctx).WorkflowExecution.RunID, source.Detail)
	return source.Error()
}

// alerts are the steps that tell whether those can be told who are to be told of trouble. Nobody is
// told anything.
func (o Options) alerts(a Activation) []CheckStep {
	steps := make([]CheckStep, len(a.Alerts))
	for i, alert := range a.Alerts {
		step := CheckStep{Name: fmt.Sprintf("alert %d", i+1), OK: true}
		if !strings.Contains(alert.To, "://") {
			variable := "ALERT_" + dynamics.SettingName(alert.To) + "_URL"
			step.Detail = fmt.Sprintf("%s: the worker has %s", alert.To, variable)
			if url := o.alertURL(alert.To); url == "" {
				step.OK, step.Detail = false, fmt.Sprintf("%s: the worker has no %s", alert.To, variable)
				step.Fix = "set it in the worker's environment"
			} else if err := o.Alerts.Usable(url); err != nil { // the URL itself may hold a secret
				step.OK, step.Detail = false, fmt.Sprintf("%s: the worker's %s is of no use: %v", alert.To, variable, o.Alerts.Refusal(err))
				step.Fix = "correct it in the worker's environment, and restart the worker"
			}
			steps[i] = step
			continue
		}
		reached, err := o.Alerts.Look(alert.To)
		step.Detail = "may be reached: " + strings.Join(reached, ", ")
		if err != nil {
			step.OK, step.Detail = false, fmt.Sprintf("%s: %v", strings.Join(reached, ", "), o.Alerts.Refusal(err))
			step.Fix = "name the host in the worker's ALERT_HOSTS, or give the target a name and the worker its URL as ALERT_<NAME>_URL"
		}
		steps[i] = step
	}
	return steps
}

// opening is what a source of an activation is opened with.
func (o Options) opening(a Activation, now time.Time) source.Options {
	open := source.Options{Now: now, Roots: o.SourceRoots}
	if a.Source.Connection != "" && o.SourceURL != nil {
		open.DatabaseURL = o.SourceURL(a.Source.Connection)
	}
	return open
}

const (
	// checkPatience is how long a check waits for what may pass by itself: somebody is waiting for
	// its answer.
	checkPatience = 30 * time.Second
	// checkPause bounds the wait between two tries.
	checkPause = 4 * time.Second
)

// impatient says that what may pass by itself had not passed in time.
type impatient struct {
	error
	after time.Duration
}

func (e *impatient) Error() string { return fmt.Sprintf("%v; gave up after %s", e.error, e.after) }
func (e *impatient) Unwrap() error { return e.error }

// patiently tries again and again while the error may pass by itself, but no longer than within.
func patiently(ctx context.Context, within time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	for pause := firstLook; ; pause = min(2*pause, checkPause) {
		err := try(ctx)
		var remote *dynamics.Error
		switch {
		case err == nil || !errors.As(err, &remote) || !remote.Temporary():
			return err
		case ctx.Err() == nil:
			last = err
		case last == nil: // it hung
			last = fmt.Errorf("no answer: %w", context.Cause(ctx))
		}
		if sleep(ctx, max(pause, remote.RetryAfter)) != nil {
			return &impatient{last, within}
		}
	}
}

// network is the step that tells by which way Dynamics and its sign-in are reached, and whose
// certificates are trusted.
func (o Options) network() CheckStep {
	step := CheckStep{Name: "network", OK: true}
	var ways []string
	for _, to := range o.Destination.Client.Addresses() {
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: to})
		if err != nil {
			return CheckStep{
				Name: step.Name, Detail: fmt.Sprintf("the proxy for %s is no URL", to.Host), Fix: "set the worker's HTTPS_PROXY to a URL such as http://proxy:3128",
			}
		}
		if way := to.Host + " " + wayText(proxy); !slices.Contains(ways, way) { // both may be one host
			ways = append(ways, way)
		}
	}
	step.Detail = strings.Join(ways, ", ")
	if o.CertFile == "" {
		return step
	}
	n, err := countCertificates(o.CertFile)
	if err != nil {
		step.OK, step.Detail = false, fmt.Sprintf("%s; the worker's SSL_CERT_FILE %s cannot be used: %v", step.Detail, o.CertFile, err)
		step.Fix = "let it name a PEM file with the certificates of the authorities to trust, readable by the worker"
		return step
	}
	step.Detail += fmt.Sprintf("; trusted authorities: %d of SSL_CERT_FILE %s", n, o.CertFile)
	return step
}

// wayText names a proxy without the password that may stand in its URL.
func wayText(proxy *url.URL) string {
	if proxy == nil {
		return "directly"
	}
	return "through the proxy " + proxy.Host
}

// countCertificates counts the certificates of a PEM file.
func countCertificates(file string) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, errors.Unwrap(err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			n++
		}
	}
	if n == 0 {
		return 0, errors.New("it holds no certificate")
	}
	return n, nil
}

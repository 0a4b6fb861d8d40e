package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/store/destinations"
)

// DestinationPause says why, by whom and since when everything to a destination is stopped.
type DestinationPause struct {
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// Until is when it goes on by itself; zero where somebody has to say so.
	Until time.Time `json:"until,omitzero"`
	// Quiet is set where these are the destination's quiet hours: nothing is sent, and Reason names
	// them.
	Quiet bool `json:"quiet,omitempty"`
}

// String is the pause as a sentence about a destination goes on: "is paused by ann since ...: month
// end".
func (p DestinationPause) String() string {
	if p.Quiet {
		return "has quiet hours until " + p.UntilText() + " (" + p.Reason + ")"
	}
	text := "is paused"
	if p.By != "" {
		text += " by " + p.By
	}
	if !p.Since.IsZero() {
		text += " since " + p.Since.UTC().Format("2006-01-02 15:04:05 MST")
	}
	if !p.Until.IsZero() {
		text += " until " + p.UntilText()
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

// UntilText is when it goes on by itself, as people read it.
func (p DestinationPause) UntilText() string {
	if p.Until.Second() != 0 { // cut to the minute it would seem to be over
		return p.Until.UTC().Format("2006-01-02 15:04:05 MST")
	}
	return p.Until.UTC().Format("2006-01-02 15:04 MST")
}

// PauseDestinationInput asks for everything to a destination to be stopped.
type PauseDestinationInput struct {
	Destination string           `json:"destination"`
	Pause       DestinationPause `json:"pause"`
	// Anew is set where the pause takes the place of one that is in force.
	Anew bool `json:"anew,omitempty"`
}

// DestinationInput names a destination.
type DestinationInput struct {
	Destination string `json:"destination"`
	// Sending is set by who waits to send: quiet hours hold it, too.
	Sending bool `json:"sending,omitempty"`
	// Now is when the destination was resumed, by the clock that dates pauses; zero: at this
	// moment.
	Now time.Time `json:"now,omitzero"`
}

// DestinationResult tells what was, and names the workflows under way to the destination: they are
// to be told.
type DestinationResult struct {
	// Before is the pause that was in force; nil where there was none.
	Before *DestinationPause `json:"before,omitempty"`
	Runs   []string          `json:"runs,omitempty"`
	// Streams are always on, so they are told also while they rest.
	Streams []StreamKey `json:"streams,omitempty"`
}

// destinationPoll is how soon a held run finds out by itself that its destination goes on; usually
// it is told at once.
const destinationPoll = 5 * time.Second

// PauseDestination keeps in the store that the destination is paused: from then on every step that
// would call Dynamics is refused. It can be repeated.
func (c *Connection) PauseDestination(ctx context.Context, in PauseDestinationInput) (DestinationResult, error) {
	return perform(ctx, nil, destinations.Pause{
		Destination: in.Destination, Paused: true, Reason: in.Pause.Reason, By: in.Pause.By, Since: in.Pause.Since, Until: in.Pause.Until,
		Anew: in.Anew,
	}, c.setDestination)
}

// ResumeDestination lets the destination go on. It can be repeated.
func (c *Connection) ResumeDestination(ctx context.Context, in DestinationInput) (DestinationResult, error) {
	return perform(ctx, nil, destinations.Pause{Destination: in.Destination, Since: in.Now}, c.setDestination)
}

func (c *Connection) setDestination(ctx context.Context, d destinations.Pause) (DestinationResult, error) {
	var out DestinationResult
	was, err := c.o.pause(ctx)
	if err != nil {
		return out, err
	}
	out.Before = was
	if err := c.o.Store.SetDestinationPaused(ctx, d); err != nil {
		return out, err
	}
	if out.Runs, err = c.o.Store.OpenWorkflows(ctx, d.Destination); err != nil {
		return out, err
	}
	streams, err := c.o.Store.Streams(ctx)
	for _, s := range streams {
		if s.Destination == d.Destination {
			out.Streams = append(out.Streams, s.StreamKey)
		}
	}
	return out, err
}

// AwaitDestination ends once the destination is not paused. Temporal calls it again and again until
// then, which adds nothing to the history and holds no worker.
func (c *Connection) AwaitDestination(ctx context.Context, in DestinationInput) (DestinationResult, error) {
	return perform(ctx, nil, in, c.await)
}

func (c *Connection) await(ctx context.Context, in DestinationInput) (DestinationResult, error) {
	paused, err := c.o.pause(ctx)
	if quiet := c.o.quiet(); paused == nil && in.Sending {
		paused = quiet
	}
	if err == nil && paused != nil {
		err = later(ErrDestinationPaused, fmt.Sprintf("destination %s %s", in.Destination, paused), destinationPoll)
	}
	return DestinationResult{}, err
}

// pause is the destination's pause; nil where there is none.
func (o Options) pause(ctx context.Context) (*DestinationPause, error) {
	d, err := o.Store.DestinationPaused(ctx, o.Destination.Name)
	if err != nil || !d.Paused || !d.Until.IsZero() && !o.now().Before(d.Until) {
		return nil, err
	}
	return &DestinationPause{Reason: d.Reason, By: d.By, Since: d.Since, Until: d.Until}, nil
}

// open refuses what would call a destination that is disabled or paused. Every step that does so
// asks, so that nothing gets past an operator's word, whenever and however it was started.
func (o Options) open(ctx context.Context) error {
	if o.Destination.Disabled {
		return final(ErrDisabled, fmt.Errorf("destination %s is disabled: set its DYNAMICS_ENABLED to true and restart its workers", o.Destination.Name))
	}
	paused, err := o.pause(ctx)
	if err != nil || paused == nil {
		return err
	}
	return o.refusal(*paused)
}

// refusal is the error of a step that a pause keeps from being done.
func (o Options) refusal(p DestinationPause) error {
	return temporal.NewApplicationErrorWithOptions(fmt.Sprintf("destination %s %s", o.Destination.Name, p), ErrDestinationPaused,
		temporal.ApplicationErrorOptions{NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{p}})
}

// DescribeDestinationResult is what a worker knows of a destination that it serves. It holds no
// secret.
type DescribeDestinationResult struct {
	Destination string `json:"destination"`
	Description string `json:"description,omitempty"`
	// Environment is the host name of the Dynamics 365 environment.
	Environment string `json:"environment"`
	Enabled     bool   `json:"enabled"`
	// DailyRows is the budget of rows in 24 hours; nil where there is none.
	DailyRows *runs.DailyRows `json:"dailyRows,omitempty"`
	// QuietHours are those in which nothing is sent, as they are set; Quiet is set while they last.
	QuietHours string            `json:"quietHours,omitempty"`
	Quiet      *DestinationPause `json:"quiet,omitempty"`
}

// DescribeDestination tells what the worker is set up with. It calls nobody.
func (c *Connection) DescribeDestination(ctx context.Context, in DestinationInput) (DescribeDestinationResult, error) {
	return perform(ctx, nil, in, c.describe)
}

func (c *Connection) describe(ctx context.Context, in DestinationInput) (DescribeDestinationResult, error) {
	d := c.o.Destination
	out := DescribeDestinationResult{Destination: in.Destination, Description: d.Description, Environment: d.Client.Host(), Enabled: !d.Disabled}
	if d.QuietHours != nil {
		out.QuietHours, out.Quiet = d.QuietHours.String(), c.o.quiet()
	}
	budget, err := c.o.dailyRows(ctx, 0)
	out.DailyRows = budget
	return out, err
}

// now is the time; tests set it.
func (o Options) now() time.Time {
	if o.timeOfDay != nil {
		return o.timeOfDay()
	}
	return time.Now()
}

// quiet is the pause that the quiet hours are; nil outside of them.
func (o Options) quiet() *DestinationPause {
	q := o.Destination.QuietHours
	if q == nil {
		return nil
	}
	now := o.now()
	from, to := q.At(now)
	if now.Before(from) {
		return nil
	}
	return &DestinationPause{Reason: q.String(), By: "DYNAMICS_QUIET_HOURS", Since: from.UTC(), Until: to.UTC(), Quiet: true}
}

// maySend refuses what would send to a destination that is not open, or has quiet hours.
func (o Options) maySend(ctx context.Context) error {
	if quiet := o.quiet(); quiet != nil {
		return o.refusal(*quiet)
	}
	return o.reach(ctx)
}

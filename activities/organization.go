package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/destinations"
)

// organizationAge is how long a step that sends takes the organization for known: asking before
// each batch would cost a request of the limits.
const organizationAge = 10 * time.Second

// organizationCheck remembers when a destination was last found to be the bound one.
type organizationCheck struct {
	mu   sync.Mutex
	last time.Time // zero: not at all, or another one was met since
}

// since tells whether the organization was the bound one at some moment after another.
func (c *organizationCheck) since(moment time.Time) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last.After(moment)
}

func (c *organizationCheck) passed(at time.Time) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = at
}

// reach refuses what would call a destination that is disabled, paused, or another organization
// than its ledgers are about. Every step that reads or writes contacts asks.
func (o Options) reach(ctx context.Context) error {
	if err := o.open(ctx); err != nil {
		return err
	}
	return o.boundSince(ctx, time.Now().Add(-organizationAge))
}

// reachNow is reach for the first step of what judges: nothing that was known before counts.
func (o Options) reachNow(ctx context.Context) error {
	if err := o.open(ctx); err != nil {
		return err
	}
	return o.boundSince(ctx, time.Now())
}

// boundSince makes sure that, after a moment, the bound organization has answered. Whoever judges
// by contacts asks once they are read: an environment may be exchanged at any time.
func (o Options) boundSince(ctx context.Context, moment time.Time) error {
	if o.organization.since(moment) {
		return nil
	}
	asked := time.Now()
	who, err := o.Destination.Client.WhoAmI(ctx)
	if err != nil {
		return err
	}
	return o.bind(ctx, who, asked)
}

// readContacts reads contacts that something is decided by, and makes sure that the bound
// organization has answered since.
func (o Options) readContacts(
	ctx context.Context, ids []string, columns []dynamics.Column, how dynamics.ReadOptions,
) ([]dynamics.Contact, error) {
	contacts, err := o.Destination.Client.ReadContacts(ctx, ids, columns, how)
	if err == nil {
		err = o.boundSince(ctx, time.Now())
	}
	return contacts, err
}

// bind makes sure that whoever was asked at a moment is the organization that the ledgers are about.
func (o Options) bind(ctx context.Context, who dynamics.Identity, asked time.Time) error {
	now := o.environment(who)
	bound, err := o.Store.BindEnvironment(ctx, o.Destination.Name, now)
	if err != nil {
		o.organization.passed(time.Time{})
		return err
	}
	if bound.Address != now.Address {
		activity.GetLogger(ctx).Warn("the environment is reached at another address than before",
			"destination", o.Destination.Name, "organization", now.Organization, "before", bound.Address, "now", now.Address)
	}
	o.organization.passed(asked)
	return nil
}

func (o Options) environment(who dynamics.Identity) destinations.Environment {
	return destinations.Environment{Organization: who.OrganizationID, Address: o.Destination.Client.Host()}
}

// boundTo is the step that tells whether the ledgers are about the environment. It binds nothing.
func (c *Connection) boundTo(ctx context.Context, who dynamics.Identity) (CheckStep, error) {
	step := CheckStep{Name: "organization"}
	now := c.o.environment(who)
	bound, err := c.o.Store.CheckEnvironment(ctx, c.o.Destination.Name, now)
	other := &destinations.OtherOrganization{}
	switch {
	case errors.As(err, &other):
		step.Detail = err.Error()
		return step, nil
	case err != nil:
		return step, err
	case bound.Organization == "":
		step.Detail = fmt.Sprintf("%s: the first run binds the ledger to it", now.Organization)
	case bound.Address != now.Address:
		step.Detail = fmt.Sprintf("%s, as the ledger; warning: it was at %s before", now.Organization, bound.Address)
	default:
		step.Detail = now.Organization + ", as the ledger"
	}
	step.OK = true
	return step, nil
}

// RebindDestination binds a destination to the organization that answers now. It is refused while
// runs are under way to it where the ledgers are to be forgotten. It can be repeated.
func (c *Connection) RebindDestination(ctx context.Context, in RebindDestinationInput) (RebindDestinationResult, error) {
	return perform(ctx, c.o.open, in, c.rebind)
}

func (c *Connection) rebind(ctx context.Context, in RebindDestinationInput) (RebindDestinationResult, error) {
	who, err := c.o.Destination.Client.WhoAmI(ctx)
	if err != nil {
		return RebindDestinationResult{}, err
	}
	before, err := c.o.Store.CheckEnvironment(ctx, in.Destination, c.o.environment(who))
	if err != nil && !errors.As(err, new(*destinations.OtherOrganization)) {
		return RebindDestinationResult{}, err
	}
	out := RebindDestinationResult{Before: boundEnvironment(before), Now: boundEnvironment(c.o.environment(who)), Ledger: LedgerKept}
	if in.Forget {
		out.Ledger = LedgerForgotten
		if err := c.forget(ctx, in.Destination); err != nil {
			return RebindDestinationResult{}, err
		}
	}
	return out, c.o.Store.RebindEnvironment(ctx, in.Destination, c.o.environment(who))
}

// forget deletes a destination's ledgers. Streams do not keep them: what they have claimed is given
// back, before and after, and decided anew.
func (c *Connection) forget(ctx context.Context, destination string) error {
	open, err := c.o.Store.FiniteWorkflows(ctx, destination)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return final(ErrRunsUnderWay, errors.New(underWay(destination, open)))
	}
	if err := c.release(ctx, destination); err != nil {
		return err
	}
	if err := c.o.Store.ForgetLedgers(ctx, destination); err != nil {
		return err
	}
	return c.release(ctx, destination)
}

func (c *Connection) release(ctx context.Context, destination string) error {
	err := c.o.Store.ReleaseStreams(ctx, destination)
	if flying := (*store.StillInFlight)(nil); errors.As(err, &flying) {
		return final(ErrRunsUnderWay, fmt.Errorf("%w: repeat this then, and pause what goes on sending (`starter pause %s`)", err, flying.WorkflowID))
	}
	return err
}

// underWay says which runs rest on a ledger, and what ends them.
func underWay(destination string, workflows []string) string {
	text := fmt.Sprintf("%d runs to destination %s are under way and rest on its ledger", len(workflows), destination)
	if len(workflows) == 1 {
		text = fmt.Sprintf("1 run to destination %s is under way and rests on its ledger", destination)
	}
	text += ": end what is under way first"
	for i, id := range workflows {
		if i == underWayShown {
			return text + ", and so on: `starter list` shows all"
		}
		text += ", `starter cancel " + id + "`"
	}
	return text + "; what `cancel` finds ended already, the worker ends here within ten minutes, or when it is restarted"
}

// underWayShown is how many runs a refusal names.
const underWayShown = 3

func boundEnvironment(e destinations.Environment) BoundEnvironment {
	return BoundEnvironment{OrganizationID: e.Organization, Address: e.Address}
}

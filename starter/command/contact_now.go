package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/connect"
	"audienceflow/report"
	"audienceflow/store"
	"audienceflow/store/contacts"
	"audienceflow/workflows"
)

const (
	// reachTime is how long Temporal may take to answer somebody who has the ledger to look at.
	reachTime = 5 * time.Second
	// lookUpTime bounds the wait for what Dynamics holds of a contact.
	lookUpTime = 40 * time.Second
)

// contactNow is what Dynamics holds of a contact at a destination, or why that is not known.
type contactNow struct {
	Destination string `json:"destination"`
	// Asked is false where Dynamics could not be asked; Problem says why.
	Asked   bool   `json:"asked"`
	Problem string `json:"problem,omitempty"`
	contacts.Now
}

// addNow asks for what Dynamics holds of a contact, at the destinations where the store knows it;
// if there is none, at all.
func (a *App) addNow(ctx context.Context, kept *store.Store, r *contactReport, destination string) error {
	destinations, err := r.destinations(ctx, kept, destination)
	if err != nil || len(destinations) == 0 {
		return err
	}
	if err := a.reachTemporal(ctx); err != nil {
		a.notef("what Dynamics holds now is not shown: %v", err)
		return nil
	}
	for _, name := range destinations {
		now, err := a.lookUp(ctx, kept, name, r.Contact)
		if ctx.Err() != nil {
			return &Exit{Code: ExitLeft, Err: ctx.Err()}
		}
		found := contactNow{Destination: name, Asked: err == nil}
		if err != nil {
			found.Problem = err.Error()
		} else {
			found.Now = *now
		}
		r.Now = append(r.Now, found)
	}
	return nil
}

func (r contactReport) destinations(ctx context.Context, kept *store.Store, destination string) ([]string, error) {
	if destination != "" {
		return []string{destination}, nil
	}
	var names []string
	for _, h := range r.Held {
		names = append(names, h.Destination)
	}
	for _, v := range r.Values {
		names = append(names, v.Destination)
	}
	for _, j := range r.Rejected {
		names = append(names, j.Destination)
	}
	if len(names) == 0 {
		all, err := kept.Destinations(ctx)
		return all, err
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// reachTemporal connects without patience.
func (a *App) reachTemporal(ctx context.Context) error {
	if a.Temporal != nil {
		return nil
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, reachTime, errors.New("Temporal does not answer"))
	defer cancel()
	c, err := connect.To(ctx, options)
	if err != nil {
		return err
	}
	a.Temporal, a.Namespace = c, connect.Namespace(options)
	return nil
}

// lookUp has a destination's worker read a contact. The question and the answer are in the store.
func (a *App) lookUp(ctx context.Context, kept *store.Store, destination, contact string) (*contacts.Now, error) {
	if !a.served(ctx, destination) {
		return nil, errors.New("no worker serves it: start one (\"go run ./worker\")")
	}
	lookup, err := kept.AskContact(ctx, destination, contact)
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = kept.TakeContact(context.WithoutCancel(ctx), lookup) }() // it goes with the next question if not now
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	run, err := a.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.LookUpID(destination, lookup), TaskQueue: workflows.TaskQueue(destination),
		WorkflowExecutionTimeout: lookUpTime, StaticSummary: clip("Look up a contact in " + destination),
	}, workflows.LookUpContactType, activities.LookUpContactInput{Destination: destination, Lookup: lookup})
	if err == nil {
		err = run.Get(ctx, nil)
	}
	var said *temporal.ApplicationError
	switch {
	case errors.As(err, &said):
		return nil, errors.New(said.Message())
	case err != nil:
		return nil, fmt.Errorf("no worker has answered within %s: is it stopped, or of an older version?", lookUpTime)
	}
	now, err := kept.TakeContact(ctx, lookup)
	if err == nil && now == nil {
		err = errors.New("the worker uses another store: set the starter's STORE_URL to it")
	}
	return now, err
}

// sentence says how the contact is found.
func (n contactNow) sentence() string {
	switch {
	case !n.Asked:
		return fmt.Sprintf("%s: Dynamics was not asked: %s", n.Destination, n.Problem)
	case !n.Found:
		return n.Destination + ": Dynamics has no such contact, or the application user may not read it"
	}
	text := n.Destination + ": Dynamics has the contact"
	if !n.ModifiedOn.IsZero() {
		text += ", last changed " + n.ModifiedOn.Local().Format(report.TimeLayout)
		if n.ModifiedBy != "" {
			text += " by user " + n.ModifiedBy
		}
	}
	return text
}

// nowText is what a column holds now.
func (r contactReport) nowText(destination, column string) string {
	for _, now := range r.Now {
		if now.Destination != destination {
			continue
		}
		value, known := now.Values[column]
		switch {
		case !now.Asked:
			return "(not asked)"
		case !now.Found:
			return "(no contact)"
		case !known:
			return "(no column)"
		}
		return valueText(value)
	}
	return "(not asked)"
}

package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/connect"
	"audienceflow/report"
	"audienceflow/store"
	"audienceflow/store/contacts"
	"audienceflow/workflows"
)

func newContact(a *App) *cobra.Command {
	var destination string
	var erase, yes, ledger bool
	c := &cobra.Command{
		Use:   "contact GUID",
		Short: "Show what one contact got and what Dynamics holds of it, or forget it",
		Long: `Shows what the activation store at STORE_URL knows of one contact: which status columns and values Dynamics holds by the
ledger, of which run and audience, and the contact's rows that did not get through. Beside it stands what Dynamics holds
now (NOW): the destination's worker reads it and puts it into the store, so Temporal sees neither the contact nor a value. With
--ledger nobody is asked.

With --erase the store forgets this person: ledger, staged and rejected rows, warnings, differences, received events. Numbers
of reports stay. It prints a receipt. Dynamics keeps what it holds; a source that names the contact brings it back; backups
made before hold it until they are gone. On a terminal it asks first, unless --yes is given.`,
		Example: `  starter contact 0928bcb4-bb27-ed11-9db1-002248274ada
  starter contact 0928bcb4-bb27-ed11-9db1-002248274ada --erase -o json > receipt.json`,
		Args: oneArg("contact", "0928bcb4-bb27-ed11-9db1-002248274ada"),
		RunE: func(c *cobra.Command, args []string) error {
			contact, ok := audience.NormalizeContactID(args[0])
			if !ok {
				return usage("%q is no contact id: use a GUID as Dynamics shows it", args[0])
			}
			switch {
			case !erase:
				return a.Contact(c.Context(), contact, ContactOptions{Destination: destination, Ledger: ledger})
			case !yes && !a.agreed(destination, contact):
				return usage("nothing was erased")
			}
			return a.EraseContact(c.Context(), destination, contact)
		},
	}
	c.Flags().StringVar(&destination, "destination", "", "only what is known of it at this destination")
	c.Flags().BoolVar(&ledger, "ledger", false, "only what the store knows: do not ask Dynamics")
	c.Flags().BoolVar(&erase, "erase", false, "forget this person")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// contactReport is what is known of a contact.
type contactReport struct {
	Contact  string            `json:"contact"`
	Held     []heldStatus      `json:"held"`
	Values   []heldValue       `json:"values"`
	Rejected []contactRejected `json:"rejected"`
	// Now is what Dynamics holds, by destination.
	Now []contactNow `json:"now"`
}

type heldStatus struct {
	Destination string     `json:"destination"`
	Column      string     `json:"column"`
	Audience    string     `json:"audience"`
	Word        *string    `json:"word"`
	Status      string     `json:"status"`
	Exported    bool       `json:"exported"`
	QualifiedAt *time.Time `json:"lastQualificationTime,omitempty"`
	AsOf        time.Time  `json:"asOf"`
	Run         string     `json:"run"`
	StartedAt   *time.Time `json:"startedAt,omitempty"`
}

type heldValue struct {
	Destination string    `json:"destination"`
	Column      string    `json:"column"`
	Value       *string   `json:"value"`
	AsOf        time.Time `json:"asOf"`
}

type contactRejected struct {
	Destination string    `json:"destination"`
	Audience    string    `json:"audience"`
	Run         string    `json:"run"`
	At          time.Time `json:"at"`
	rejectedRow
}

// ContactOptions say where a contact is looked for: at Destination, "" for all; with Ledger in the
// store alone.
type ContactOptions struct {
	Destination string
	Ledger      bool
}

// Contact prints what the store knows of a contact, and what Dynamics holds of it now.
func (a *App) Contact(ctx context.Context, contact string, o ContactOptions) error {
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	known, err := s.Contact(ctx, o.Destination, contact)
	if err != nil {
		return &Exit{Code: ExitFailed, Err: err}
	}
	r := contactReportOf(contact, known)
	if !o.Ledger {
		if err := a.addNow(ctx, s, &r, o.Destination); err != nil {
			return err
		}
	}
	return a.printContact(r)
}

func contactReportOf(contact string, known contacts.Record) contactReport {
	r := contactReport{Contact: contact, Held: []heldStatus{}, Values: []heldValue{}, Rejected: []contactRejected{}, Now: []contactNow{}}
	for _, h := range known.Held {
		status := "realized"
		if h.Exited {
			status = "exited"
		}
		r.Held = append(r.Held, heldStatus{
			Destination: h.Destination, Column: h.Column, Audience: h.Audience, Word: h.Word, Status: status, Exported: h.Exported,
			QualifiedAt: timeKnown(h.QualifiedAt), AsOf: h.AsOf, Run: h.Run, StartedAt: timeKnown(h.RunStartedAt),
		})
	}
	for _, v := range known.Values {
		r.Values = append(r.Values, heldValue(v))
	}
	for _, j := range known.Rejected {
		r.Rejected = append(r.Rejected, contactRejected{j.Destination, j.Audience, j.Run, j.At, rejectedOf(j.Rejected)})
	}
	return r
}

// timeKnown is a time unless it stands for one that is not known.
func timeKnown(t time.Time) *time.Time {
	if t.Year() < 1970 {
		return nil
	}
	return &t
}

func (a *App) printContact(r contactReport) error {
	if a.Format == "json" {
		return a.json(r)
	}
	if len(r.Held)+len(r.Values)+len(r.Rejected) == 0 {
		a.printf("the store knows nothing of contact %s\n", r.Contact)
	}
	for _, now := range r.Now {
		a.printf("%s\n", now.sentence())
	}
	t := a.table()
	if len(r.Held)+len(r.Values) > 0 {
		t.Next("DESTINATION", "COLUMN", "LEDGER", "NOW", "AUDIENCE", "STATUS", "QUALIFIED", "RUN", "STARTED")
	}
	for _, h := range r.Held {
		ledger := valueText(h.Word)
		if !h.Exported {
			ledger = "(not sent)"
		}
		t.Row(h.Destination, h.Column, ledger, r.nowText(h.Destination, h.Column), h.Audience, h.Status, timeText(h.QualifiedAt), h.Run, timeText(h.StartedAt))
	}
	for _, v := range r.Values {
		t.Row(v.Destination, v.Column, valueText(v.Value), r.nowText(v.Destination, v.Column), "-", "-", "-", "-", "-")
	}
	if len(r.Rejected) > 0 {
		t.Next("DESTINATION", "AUDIENCE", "RUN", "AT", "LINE", "OUTCOME", "REASON", "CAUSE", "STATE")
	}
	for _, j := range r.Rejected {
		t.Row(j.Destination, j.Audience, j.Run, timeText(&j.At), j.Line, j.Outcome, j.Reason, j.Cause, orDefault(j.State, "-"))
	}
	return t.End()
}

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

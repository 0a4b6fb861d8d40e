package command

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/audience"
	"audienceflow/store/contacts"
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

package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/audience"
	"audienceflow/report"
	"audienceflow/store"
	"audienceflow/store/columns"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
)

// memberPage is how many members are read at once.
const memberPage = 5_000

func newMembers(a *App) *cobra.Command {
	var file string
	var form csvForm
	c := &cobra.Command{
		Use:   "members -f FILE",
		Short: "List the contacts of an audience as the ledger knows them",
		Long: `Reads the activation store at STORE_URL: of each contact that was exported, its audience status, the word that Dynamics holds
by the ledger, and when it qualified.`,
		Example: `  starter members -f vip.yaml
  starter members -f vip.yaml -o csv > members.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.useCSV(form); err != nil {
				return err
			}
			return a.Members(c.Context(), file)
		},
	}
	fileFlag(c, &file)
	form.addFlags(c)
	return c
}

// memberList is what an audience has exported to a column.
type memberList struct {
	Destination string   `json:"destination"`
	Audience    string   `json:"audience"`
	Column      string   `json:"column"`
	Realized    int64    `json:"realized"`
	Exited      int64    `json:"exited"`
	Members     []member `json:"members"`
}

type member struct {
	Contact     string     `json:"contact"`
	Status      string     `json:"status"`
	Word        *string    `json:"word"`
	QualifiedAt *time.Time `json:"lastQualificationTime,omitempty"`
	AsOf        time.Time  `json:"asOf"`
}

// Members prints the contacts of each audience of a file.
func (a *App) Members(ctx context.Context, file string) error {
	list, err := load(file)
	if err != nil {
		return err
	}
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	lists := make([]memberList, len(list))
	for i, activation := range list {
		if lists[i], err = membersOf(ctx, s, activation); err != nil {
			return err
		}
	}
	return a.printMembers(lists)
}

// membersOf reads an audience's entries of the ledger.
func membersOf(ctx context.Context, s *store.Store, activation audience.Activation) (memberList, error) {
	list := memberList{Destination: activation.Destination, Audience: activation.Audience, Members: []member{}}
	recorded, err := s.Runs(ctx, runlog.Filter{Destination: activation.Destination, Audience: activation.Audience, Limit: 1})
	if err != nil {
		return list, &Exit{Code: ExitFailed, Err: err}
	}
	if len(recorded) == 0 || recorded[0].Column == "" {
		return list, usage("audience %s has exported nothing to %s: activate it first; is STORE_URL the worker's?", activation.Audience, activation.Destination)
	}
	list.Column = recorded[0].Column
	var taken *columns.Taken
	switch err := s.CheckOwner(ctx, list.Destination, list.Column, activation.Audience, activation.Namespace); {
	case errors.As(err, &taken):
		return list, usage("column %s of %s belongs to audience %s (namespace %s): audience %s was unmapped, and has no members",
			taken.Column, taken.Destination, taken.Audience, taken.Namespace, activation.Audience)
	case err != nil:
		return list, &Exit{Code: ExitFailed, Err: err}
	}
	for after := ""; ; {
		page, err := s.Exported(ctx, list.Destination, list.Column, after, memberPage)
		if err != nil {
			return list, &Exit{Code: ExitFailed, Err: err}
		}
		if len(page) == 0 {
			return list, nil
		}
		for _, e := range page {
			list.add(e)
		}
		after = page[len(page)-1].Contact
	}
}

func (l *memberList) add(e ledger.Exported) {
	m := member{Contact: e.Contact, Status: "realized", Word: e.Word, QualifiedAt: timeKnown(e.QualifiedAt), AsOf: e.AsOf}
	if e.Exited {
		m.Status = "exited"
		l.Exited++
	} else {
		l.Realized++
	}
	l.Members = append(l.Members, m)
}

// utcText is a time of a table in which each row has to fit a line.
func utcText(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.DateTime)
}

func (a *App) printMembers(lists []memberList) error {
	switch a.Format {
	case "json":
		return printJSON(a, lists)
	case "csv":
		table := [][]string{{"contact", "audience", "status", "word", "lastQualificationTime"}}
		for _, l := range lists {
			for _, m := range l.Members {
				qualified := ""
				if m.QualifiedAt != nil {
					qualified = m.QualifiedAt.UTC().Format(time.RFC3339)
				}
				word := ""
				if m.Word != nil {
					word = *m.Word
				}
				table = append(table, []string{m.Contact, l.Audience, m.Status, word, qualified})
			}
		}
		return a.csv(table)
	}
	for i, l := range lists {
		a.separate(i)
		a.printf("%s in %s, column %s: %s realized, %s exited\n", l.Audience, l.Destination, l.Column, report.Count(l.Realized), report.Count(l.Exited))
		t := a.table("CONTACT", "STATUS", "WORD", "QUALIFIED (UTC)")
		for _, m := range l.Members {
			t.Row(m.Contact, m.Status, valueText(m.Word), utcText(m.QualifiedAt))
		}
		if err := t.End(); err != nil {
			return err
		}
	}
	return nil
}

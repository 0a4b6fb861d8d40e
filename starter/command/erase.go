package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"audienceflow/starter/terminal"
	"audienceflow/store"
)

// erasureReceipt says what was erased, and what is not this store's to erase.
type erasureReceipt struct {
	Contact  string    `json:"contact"`
	ErasedAt time.Time `json:"erasedAt"`
	By       string    `json:"by"`
	Store    string    `json:"store"`
	Total    int64     `json:"total"`
	store.Erasure
	Remains []string `json:"remains"`
}

// remains is what an erasure leaves.
var remains = []string{
	"Dynamics 365 keeps what it holds: delete or clear the contact there",
	"a source that names the contact brings it back: take it out there",
	"backups of the store made before hold it until they are gone: erase again after restoring one",
}

// EraseContact makes the store forget a contact, and prints the receipt. Exit code 2 while a run
// has it in use.
func (a *App) EraseContact(ctx context.Context, destination, contact string) error {
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	gone, err := s.EraseContact(ctx, destination, contact)
	if err != nil && gone.Total() == 0 {
		return eraseProblem(err)
	}
	if gone.Destinations == nil {
		gone.Destinations = []string{}
	}
	receipt := erasureReceipt{
		Contact: contact, ErasedAt: time.Now().UTC().Truncate(time.Second), By: operator(), Store: s.ID(), Total: gone.Total(),
		Erasure: gone, Remains: remains,
	}
	if printErr := a.printErasure(receipt); printErr != nil {
		return printErr
	}
	if err != nil {
		return eraseProblem(fmt.Errorf("only a part was erased: %w", err))
	}
	return nil
}

func eraseProblem(err error) error {
	var inUse *store.ContactInUse
	if errors.As(err, &inUse) {
		return &Exit{Code: ExitUsage, Err: err}
	}
	return &Exit{Code: ExitFailed, Err: err}
}

func (a *App) printErasure(r erasureReceipt) error {
	if a.Format == "json" {
		return a.json(r)
	}
	t := a.table()
	for _, line := range []struct {
		name  string
		value any
	}{
		{"contact", r.Contact}, {"erased", timeText(&r.ErasedAt)}, {"by", r.By}, {"store", r.Store},
		{"destinations", orDefault(strings.Join(r.Destinations, ", "), "-")}, {"total", r.Total}, {"  ledger entries", r.Ledger},
		{"  mapped values", r.Values}, {"  rows of runs", r.Rows}, {"  rejected rows", r.Rejected}, {"  warnings", r.Warnings},
		{"  differences", r.Mismatches}, {"  events received", r.Events},
	} {
		t.Row(line.name, line.value)
	}
	if err := t.End(); err != nil {
		return err
	}
	if r.InLog {
		a.printf("\nSomebody is reading the store: older copies leave its write-ahead log with the next checkpoint.\n")
	}
	a.printf("\nWhat is not erased by this:\n")
	for _, text := range r.Remains {
		a.printf("  %s\n", text)
	}
	return nil
}

// agreed asks on a terminal whether a contact is to be erased. Where there is none, the flag is the
// word.
func (a *App) agreed(destination, contact string) bool {
	if terminal.File(a.In) == nil {
		return true
	}
	where := "all destinations"
	if destination != "" {
		where = "destination " + destination
	}
	a.notef("The store forgets contact %s at %s: ledger, staged and rejected rows, warnings, received events. There is no way back.", contact, where)
	fmt.Fprint(a.Err, "Erase? [y/N] ")
	return yes(a.In)
}

func yes(from io.Reader) bool {
	answer, err := bufio.NewReader(from).ReadString('\n')
	if err != nil {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

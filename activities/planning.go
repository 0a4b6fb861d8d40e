package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/ledger"
)

const (
	// BatchSize is how many contacts one UpdateContacts updates.
	BatchSize = 1_000
	// readSize is how many contacts are read and decided at once: several requests in parallel, one
	// transaction.
	readSize = 3_000
)

// Planning holds the steps before the first write.
type Planning struct {
	o    Options
	runs *settingsCache
}

// PlanRun decides what each staged row needs, by the ledger, and when every contact is decided cuts
// the pending ones into batches. It can be repeated and goes on where it was.
func (p *Planning) PlanRun(ctx context.Context, in RunInput) (PlanRunResult, error) {
	return perform(ctx, p.o.reach, in, p.plan)
}

func (p *Planning) plan(ctx context.Context, in RunInput) (PlanRunResult, error) {
	s, err := p.runs.of(ctx, in.Run)
	if err != nil {
		return PlanRunResult{}, err
	}
	if s.Kind != runs.KindPlan {
		if err := recoverOthers(ctx, p.o, in.Run); err != nil {
			return PlanRunResult{}, err
		}
	}
	if err := p.decide(ctx, in.Run, s.policy()); err != nil {
		return PlanRunResult{}, err
	}
	counts, err := p.o.Store.Counts(ctx, in.Run)
	if err != nil {
		return PlanRunResult{}, err
	}
	result := PlanRunResult{Numbers: counts, ToRead: counts.ToRead}
	if counts.ToRead > 0 {
		return result, nil
	}
	return p.cut(ctx, in.Run, s, result)
}

// decide goes through the staged rows in ranges of contacts.
func (p *Planning) decide(ctx context.Context, run string, policy store.Policy) error {
	after := 0
	for {
		next, done, err := p.o.Store.Plan(ctx, run, policy, after)
		if err != nil || done {
			return err
		}
		after = next
		activity.RecordHeartbeat(ctx, progress{Done: int64(after)})
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (p *Planning) cut(ctx context.Context, run string, s settings, result PlanRunResult) (PlanRunResult, error) {
	batches, _, err := p.o.Store.MakeBatches(ctx, run, BatchSize)
	if err != nil {
		return result, err
	}
	result.Batches = batches
	guard, err := p.o.Store.Guard(ctx, run, s.Activation.Destination, s.Status.LogicalName)
	if err != nil {
		return result, err
	}
	exported, err := p.o.Store.CountExported(ctx, s.Activation.Destination, s.Status.LogicalName)
	if err != nil {
		return result, err
	}
	result.Risks = Risks{
		Leaving: guard.Turning, Realized: guard.Realized, Exits: guard.Exits, ToSend: guard.ToSend,
		Overwrites: guard.Overwrites, FirstRun: sumExported(exported) == 0,
		Complete: s.Rows == RowsOfSource && s.Activation.Source.Complete,
	}
	result.Risks.count(result.Numbers)
	if result.Requests, result.Minutes, err = p.forecast(ctx, guard.ToSend); err != nil {
		return result, err
	}
	result.DailyRows, err = p.o.dailyRows(ctx, guard.ToSend)
	return result, err
}

// count takes in what became of the source's records before anything is sent.
func (r *Risks) count(n runs.Numbers) {
	r.Rows, r.Absent = n.Received-n.Absent, n.Absent
	r.Records = r.Rows + n.Ignored
	r.Excluded = n.Excluded
	r.WithoutID = n.Reasons[runs.ReasonMissingContactID]
	r.Unreadable = n.Reasons[runs.ReasonUnreadable]
	r.Unsent = n.FailedForShare()
}

func sumExported(counts []ledger.ExportedCount) (n int64) {
	for _, c := range counts {
		n += c.Contacts
	}
	return n
}

// ReadContacts reads, of its slice, the contacts that the ledger does not know, and decides them by
// what they hold. It can be repeated and goes on where it was.
func (p *Planning) ReadContacts(ctx context.Context, in ReadContactsInput) (ReadContactsResult, error) {
	return perform(ctx, nil, in, p.readContacts)
}

func (p *Planning) readContacts(ctx context.Context, in ReadContactsInput) (ReadContactsResult, error) {
	var out ReadContactsResult
	s, err := p.runs.of(ctx, in.Run)
	if err != nil {
		return out, err
	}
	ctx = asCaller(ctx, in.Run)
	after, upTo, err := p.o.pagesOf(ctx, in.Run, in.Slice, in.Slices)
	if err != nil {
		return out, err
	}
	for {
		if err := p.o.reach(ctx); err != nil {
			return out, err
		}
		unread, err := p.o.Store.ToRead(ctx, in.Run, after, upTo, readSize)
		if err != nil || len(unread.Contacts) == 0 {
			return out, err
		}
		missing, err := p.read(ctx, in.Run, s, unread)
		if err != nil {
			return out, err
		}
		after = unread.Last
		out.Read += int64(len(unread.Contacts))
		out.Missing += missing
	}
}

// pagesOf gives the pages of the n-th of count equal parts of a run: those after one and up to
// another.
func (o Options) pagesOf(ctx context.Context, run string, n, count int) (after, upTo int, err error) {
	pages, err := o.Store.Pages(ctx, run)
	return pages * (n - 1) / count, pages * n / count, err
}

// read asks Dynamics for contacts and decides them. It returns how many do not exist.
func (p *Planning) read(ctx context.Context, run string, s settings, unread store.Unread) (int64, error) {
	columns := s.columns()
	held, err := p.o.readContacts(ctx, unread.Contacts, columns, dynamics.ReadOptions{})
	if err != nil {
		return 0, err
	}
	found := store.Found{Columns: make([]string, len(columns)), Contacts: make(map[string][]*string, len(held))}
	for i, c := range columns {
		found.Columns[i] = c.LogicalName
	}
	for _, contact := range held {
		found.Contacts[contact.ID] = contact.Values
	}
	missing := int64(len(unread.Contacts) - len(found.Contacts))
	return missing, p.o.Store.PlanRead(ctx, run, s.policy(), unread, found)
}

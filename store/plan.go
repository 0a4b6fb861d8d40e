package store

import (
	"context"
	"fmt"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// planPages is how many pages one planning transaction decides: about 50 ms of SQLite's only writer.
const planPages = 4

const (
	undecidedPages = selectPages + `o.page > ? AND o.undecided > 0 ORDER BY o.page LIMIT ?`
	unreadPages    = selectPages + `o.page > ? AND o.page <= ? AND o.to_read > 0 ORDER BY o.page LIMIT 1`
)

// Plan decides the rows of a few pages after the given one (0 begins), against the ledgers. next is where to go on.
// Idempotent: rows decided before are passed over.
func (s *Store) Plan(ctx context.Context, run string, p Policy, after int) (next int, done bool, err error) {
	info, err := s.plannable(ctx, run, p)
	if err != nil {
		return 0, false, err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return 0, false, err
	}
	next = after
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := t.Lock(ctx, p.Destination); err != nil {
			return err
		}
		if after == 0 {
			if err := keepPolicy(ctx, t, run, p); err != nil {
				return err
			}
		}
		pages, err := readPages(ctx, t, run, undecidedPages, run, after, planPages)
		if err != nil {
			return err
		}
		for _, page := range pages {
			d := newDecisions(page, p, info, sqldb.Micros(now))
			if err := d.decide(ctx, t, func(r *pageRow) bool { return r.is(outcomeUndecided) }); err != nil {
				return err
			}
			next = page.number
		}
		done = len(pages) < planPages
		return nil
	})
	return next, done, err
}

// Unread are contacts of a run that have to be read from Dynamics before they can be decided, those of a few pages.
type Unread struct {
	Contacts []string
	Last     int // the last of their pages
	pages    []*page
}

// Pages gives the number of a run's last page, to be shared out between those who read.
func (s *Store) Pages(ctx context.Context, run string) (int, error) {
	last, err := lastPage(ctx, s.db.Reader(), run)
	return last, sqldb.Explain(err)
}

// ToRead gives what has to be read of the pages after one and up to another: the contacts of whole pages, until there are as many as
// wanted.
func (s *Store) ToRead(ctx context.Context, run string, after, upTo, wanted int) (Unread, error) {
	u := Unread{Last: after}
	for len(u.Contacts) < wanted {
		pages, err := readPages(ctx, s.db.Reader(), run, unreadPages, run, u.Last, upTo)
		if err != nil || len(pages) == 0 {
			return u, sqldb.Explain(err)
		}
		u.Last = pages[0].number
		u.pages = append(u.pages, pages[0])
		u.Contacts = append(u.Contacts, pages[0].contactsOf(func(r *pageRow) bool { return r.is(runs.OutcomeRead) })...)
	}
	return u, nil
}

// PlanRead decides contacts that were read from Dynamics; those asked for and not found have failed (contact_not_found). Idempotent.
func (s *Store) PlanRead(ctx context.Context, run string, p Policy, asked Unread, found Found) error {
	info, err := s.plannable(ctx, run, p)
	if err != nil {
		return err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	contacts := slices.Sorted(slices.Values(asked.Contacts))
	for _, page := range asked.pages {
		err := s.db.Update(ctx, func(t *sqldb.Tx) error {
			if err := t.Lock(ctx, p.Destination); err != nil {
				return err
			}
			page, err := refresh(ctx, t, page)
			if err != nil {
				return err
			}
			if page.columns != nil && !slices.Equal(page.columns, found.Columns) {
				return fmt.Errorf("run %s has read columns %q before, not %q", run, page.columns, found.Columns)
			}
			page.columns = found.Columns
			d := newDecisions(page, p, info, sqldb.Micros(now))
			return d.decide(ctx, t, func(r *pageRow) bool {
				if _, meant := slices.BinarySearch(contacts, r.Contact); !meant || !r.is(runs.OutcomeRead) {
					return false
				}
				before, there := found.Contacts[r.Contact]
				if !there {
					d.fail(r, runs.ReasonNotFound, "", "")
				}
				r.before = before
				return there
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// planned checks that the policy is one for the run.
func (s *Store) planned(ctx context.Context, run string, p Policy) (runlog.Info, error) {
	info, err := s.RunInfo(ctx, run)
	if err != nil {
		return info, err
	}
	if p.Destination != info.Destination || p.StatusColumn == "" {
		return info, fmt.Errorf("a policy for destination %q and column %q does not fit a run to %q", p.Destination, p.StatusColumn, info.Destination)
	}
	return info, nil
}

// plannable is planned for a run that is under way.
func (s *Store) plannable(ctx context.Context, run string, p Policy) (runlog.Info, error) {
	if err := s.RunUnderWay(ctx, run); err != nil {
		return runlog.Info{}, err
	}
	return s.planned(ctx, run, p)
}

package store

import (
	"context"
	"fmt"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// planPages is how many pages one planning transaction decides: about 50 ms of SQLite's only
// writer.
const planPages = 4

// Plan decides the rows of a few pages after the given one (0 begins), against the ledgers. next is
// where to go on. Idempotent: rows decided before are passed over.
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
		pages, err := staging.UndecidedPages(ctx, t, run, after, planPages)
		if err != nil {
			return err
		}
		for _, page := range pages {
			d := newDecisions(page, p, info, sqldb.Micros(now))
			if err := d.decide(ctx, t, func(r *staging.PageRow) bool { return r.Is(staging.OutcomeUndecided) }); err != nil {
				return err
			}
			next = page.Number
		}
		done = len(pages) < planPages
		return nil
	})
	return next, done, err
}

// Unread are contacts of a run that have to be read from Dynamics before they can be decided, those
// of a few pages.
type Unread struct {
	Contacts []string
	Last     int // the last of their pages
	pages    []*staging.Page
}

// Pages gives the number of a run's last page, to be shared out between those who read.
func (s *Store) Pages(ctx context.Context, run string) (int, error) {
	last, err := staging.LastPage(ctx, s.db.Reader(), run)
	return last, sqldb.Explain(err)
}

// ToRead gives what has to be read of the pages after one and up to another: the contacts of whole
// pages, until there are as many as wanted.
func (s *Store) ToRead(ctx context.Context, run string, after, upTo, wanted int) (Unread, error) {
	u := Unread{Last: after}
	for len(u.Contacts) < wanted {
		page, err := staging.NextToRead(ctx, s.db.Reader(), run, u.Last, upTo)
		if err != nil || page == nil {
			return u, sqldb.Explain(err)
		}
		u.Last = page.Number
		u.pages = append(u.pages, page)
		u.Contacts = append(u.Contacts, page.ContactsOf(func(r *staging.PageRow) bool { return r.Is(runs.OutcomeRead) })...)
	}
	return u, nil
}

// Found is what Dynamics holds of contacts that the caller has read: of each the canonical values
// of the columns, in their order, nil for null. The columns are all that the run may write, the
// status column included, and the same whenever a run reads.
type Found struct {
	Columns  []string
	Contacts map[string][]*string
}

// PlanRead decides contacts that were read from Dynamics; those asked for and not found have failed
// (contact_not_found). Idempotent.
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
			page, err := staging.Refresh(ctx, t, page)
			if err != nil {
				return err
			}
			if page.Columns != nil && !slices.Equal(page.Columns, found.Columns) {
				return fmt.Errorf("run %s has read columns %q before, not %q", run, page.Columns, found.Columns)
			}
			page.Columns = found.Columns
			d := newDecisions(page, p, info, sqldb.Micros(now))
			return d.decide(ctx, t, func(r *staging.PageRow) bool {
				if _, meant := slices.BinarySearch(contacts, r.Contact); !meant || !r.Is(runs.OutcomeRead) {
					return false
				}
				before, there := found.Contacts[r.Contact]
				if !there {
					d.fail(r, runs.ReasonNotFound, "", "")
				}
				r.Before = before
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

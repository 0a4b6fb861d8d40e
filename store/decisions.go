package store

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// decisions gathers what becomes of the rows of one page.
type decisions struct {
	page     *page
	policy   Policy
	info     runlog.Info
	batch    int // that decides, 0 at planning
	at       int64
	ledger   *ledger.Updates
	rejected []any
	changed  bool // the outcomes have to be kept
}

func newDecisions(p *page, policy Policy, info runlog.Info, at int64) *decisions {
	return &decisions{page: p, policy: policy, info: info, at: at, ledger: ledger.NewUpdates(p.run, policy.Destination, policy.StatusColumn)}
}

// decide decides the rows that are meant, at planning, and writes what has become of them.
func (d *decisions) decide(ctx context.Context, t *sqldb.Tx, meant func(r *pageRow) bool) error {
	contacts := d.page.contactsOf(meant)
	k, err := lookUp(ctx, t, d.page.run, d.policy, contacts)
	if err != nil {
		return err
	}
	var s subject
	for i, next := 0, 0; i < len(d.page.rows) && next < len(contacts); i++ {
		r := &d.page.rows[i]
		if r.Contact != contacts[next] {
			continue
		}
		next++
		if err := k.subject(&s, d.page, r); err != nil {
			return err
		}
		d.add(r, &s, decide(&s, d.policy, s.holder != BatchRef{}, false))
	}
	return d.write(ctx, t, k)
}

func (d *decisions) add(r *pageRow, s *subject, v verdict) {
	d.changed = true
	r.outcome = v.outcome
	switch v.outcome {
	case runs.OutcomeFailed:
		d.fail(r, runs.ReasonInvalidValue, r.BadColumn, r.BadReason)
	case runs.OutcomePending:
		r.toSend, r.overwrites = true, v.overwrites
		r.turning = r.Exited && s.status != nil && s.status.Exported && !s.status.Exited
		return
	case runs.OutcomeUnchanged:
		if !d.info.Dry() {
			d.ledger.Add(r.Contact, v.settled)
		}
	}
	if v.outcome != runs.OutcomeRead {
		r.before = nil
	}
}

func (d *decisions) fail(r *pageRow, reason, column, text string) {
	d.changed = true
	r.outcome, r.before = runs.OutcomeFailed, nil
	d.rejected = append(d.rejected, d.page.rejection(r, d.batch, Failure{Contact: r.Contact, Reason: reason, Column: column, Text: text}, d.at)...)
}

// write writes the outcomes, the rejected rows and the ledgers. What enters the ledger claims the column.
func (d *decisions) write(ctx context.Context, t *sqldb.Tx, k *known) error {
	if d.changed {
		if err := keepOutcomes(ctx, t, d.page); err != nil {
			return err
		}
	}
	if err := t.Insert(ctx, rejectRows, d.rejected); err != nil {
		return err
	}
	if d.ledger.Empty() {
		return nil
	}
	if err := claimFor(ctx, t, d.page.run, d.policy, d.at); err != nil {
		return err
	}
	return d.ledger.Write(ctx, t, &k.WorkingSet)
}

// rejection gives the parameters of rejectRows.
func (p *page) rejection(r *pageRow, batch int, f Failure, at int64) []any {
	return []any{p.run, r.Position, r.Contact, r.Line, runs.OutcomeFailed, f.Reason, f.Column, f.Code, cleanText(f.Text), f.RequestID, at, int64(p.number), int64(batch)}
}

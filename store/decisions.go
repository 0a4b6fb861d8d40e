package store

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/columns"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// decisions gathers what becomes of the rows of one page.
type decisions struct {
	page     *staging.Page
	policy   Policy
	info     runlog.Info
	batch    int // that decides, 0 at planning
	at       int64
	ledger   *ledger.Updates
	rejected staging.Rejections
	changed  bool // the outcomes have to be kept
}

func newDecisions(p *staging.Page, policy Policy, info runlog.Info, at int64) *decisions {
	return &decisions{page: p, policy: policy, info: info, at: at, ledger: ledger.NewUpdates(runlog.KnownAs(p.Run), policy.Destination, policy.StatusColumn)}
}

// decide decides the rows that are meant, at planning, and writes what has become of them.
func (d *decisions) decide(ctx context.Context, t *sqldb.Tx, meant func(r *staging.PageRow) bool) error {
	contacts := d.page.ContactsOf(meant)
	k, err := lookUpContacts(ctx, t, d.page.Run, d.policy, contacts)
	if err != nil {
		return err
	}
	var s subject
	for i, next := 0, 0; i < len(d.page.Rows) && next < len(contacts); i++ {
		r := &d.page.Rows[i]
		if r.Contact != contacts[next] {
			continue
		}
		next++
		if err := k.subject(&s, d.page, r); err != nil {
			return err
		}
		if d.info.Dry() { // it touches no ledger: what is in flight counts as the ledger has it now
			s.holder = BatchRef{}
		}
		d.add(r, &s, decide(&s, d.policy, planning))
	}
	return d.write(ctx, t, k)
}

func (d *decisions) add(r *staging.PageRow, s *subject, v verdict) {
	d.changed = true
	r.Outcome, r.HeldBack = v.outcome, v.heldBack
	switch v.outcome {
	case runs.OutcomeFailed:
		d.fail(r, runs.ReasonInvalidValue, r.BadColumn, r.BadReason)
	case runs.OutcomePending:
		r.ToSend, r.Overwrites = true, v.overwrites
		r.Turning = r.Exited && s.status != nil && s.status.Exported && !s.status.Exited
		return
	case runs.OutcomeUnchanged:
		if !d.info.Dry() {
			d.ledger.Add(r.Contact, v.update)
		}
	}
	if v.outcome != runs.OutcomeRead {
		r.Before = nil
	}
}

func (d *decisions) fail(r *staging.PageRow, reason, column, text string) {
	d.changed = true
	r.Outcome, r.Before = runs.OutcomeFailed, nil
	d.rejected.Add(d.page, r, d.batch, staging.Failure{Contact: r.Contact, Reason: reason, Column: column, Text: text}, d.at)
}

// write writes the outcomes, the rejected rows and the ledgers. What enters the ledger claims the
// column.
func (d *decisions) write(ctx context.Context, t *sqldb.Tx, k *contactState) error {
	if d.changed {
		if err := staging.KeepOutcomes(ctx, t, d.page); err != nil {
			return err
		}
	}
	if err := d.rejected.Write(ctx, t); err != nil {
		return err
	}
	if d.ledger.Empty() {
		return nil
	}
	if err := columns.Claim(ctx, t, d.page.Run, d.policy.Destination, d.policy.StatusColumn, d.at); err != nil {
		return err
	}
	return d.ledger.Write(ctx, t, &k.WorkingSet)
}

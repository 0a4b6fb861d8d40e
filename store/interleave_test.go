package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// TestRunsAtOnce lets runs of two audiences, with the same contacts and attributes, go on in any
// order, step by step: reading from Dynamics long before the decision, sending long before the
// booking. Whatever the order, the ledgers hold what Dynamics holds, and each status column has the
// word of the greatest row.
func TestRunsAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, store.WithPageRows(1))
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			if n > checksOf(t) {
				return
			}
			destination := fmt.Sprintf("crm%d", n)
			dynamics := blank(contact(1), contact(2), contact(3))
			for _, columns := range dynamics {
				columns["acme_gold"] = nil
			}
			var racing []*running
			for i := range rapid.IntRange(2, 4).Draw(rt, "runs") {
				racing = append(racing, drawRunning(rt, t, s, dynamics, destination, fmt.Sprintf("%s/%d", destination, i)))
			}
			all := racing
			for len(racing) > 0 {
				i := rapid.IntRange(0, len(racing)-1).Draw(rt, "next")
				if racing[i].step() {
					racing = append(racing[:i:i], racing[i+1:]...)
				}
			}
			checkAtOnce(rt, t, s, dynamics, destination, all)
		})
	})
}

// running is one run that goes on step by step.
type running struct {
	rt       *rapid.T
	t        *testing.T
	store    *store.Store
	dynamics map[string]before
	run      string
	policy   store.Policy
	rows     []staging.Row

	next  int // 0 plan, 1 read, 2 decide, 3 cut, 4 take, 5 send, 6 book
	asked store.Unread
	found map[string]before
	batch int
	count int
	taken *store.Taken
}

func drawRunning(rt *rapid.T, t *testing.T, s *store.Store, dynamics map[string]before, destination, run string) *running {
	r := &running{rt: rt, t: t, store: s, dynamics: dynamics, run: run, policy: store.Policy{Destination: destination, RealizedWord: "realized",
		ExitedWord: "exited", StatusColumn: rapid.SampledFrom([]string{"acme_vip", "acme_vip", "acme_gold"}).Draw(rt, "column")}}
	asOf := day(rapid.IntRange(5, 7).Draw(rt, "asOf"))
	for i := range rapid.IntRange(1, 2).Draw(rt, "rows") {
		attributes, err := json.Marshal(map[string]*string{"firstname": word(rt, "firstname")})
		require.NoError(rt, err)
		r.rows = append(r.rows, staging.Row{Position: int64(i + 1), AsOf: asOf, Contact: contact(i + 1), Attributes: attributes,
			QualifiedAt: day(rapid.IntRange(1, 4).Draw(rt, "time")), Exited: rapid.Bool().Draw(rt, "exited")})
	}
	require.NoError(rt, s.BeginRun(t.Context(), runlog.Run{Run: run, Destination: destination}))
	require.NoError(rt, s.Stage(t.Context(), run, staging.Chunk{To: int64(len(r.rows)), Rows: r.rows}))
	require.NoError(rt, s.FinishStaging(t.Context(), run))
	return r
}

// step does the next thing; true when the run is over.
func (r *running) step() bool {
	ctx := r.t.Context()
	var err error
	switch r.next {
	case 0:
		_, _, err = r.store.Plan(ctx, r.run, r.policy, 0)
	case 1:
		r.asked, err = r.store.ToRead(ctx, r.run, 0, allPages, 10)
		r.found = cloneDynamics(r.dynamics)
	case 2:
		err = r.store.PlanRead(ctx, r.run, r.policy, r.asked, found(r.found))
	case 3:
		r.count, _, err = r.store.MakeBatches(ctx, r.run, 2)
		r.batch = 1
	case 4:
		if r.batch > r.count {
			return true
		}
		r.taken, err = r.store.TakeBatch(ctx, store.BatchRef{Run: r.run, Batch: r.batch}, r.policy, time.Minute)
	case 5:
		for _, row := range r.taken.Rows {
			apply(r.dynamics, row)
		}
	case 6:
		r.book()
	}
	require.NoError(r.rt, err)
	r.next++
	if r.next > 6 {
		r.next = 4
	}
	return false
}

func (r *running) book() {
	ref := store.BatchRef{Run: r.run, Batch: r.batch}
	require.NoError(r.rt, r.store.Book(r.t.Context(), ref, r.taken.Attempt, store.Booking{Written: r.taken.Rows}))
	counts, err := r.store.FinishBatch(r.t.Context(), ref, r.taken.Attempt, store.Booking{})
	require.NoError(r.rt, err)
	if counts.Done {
		r.batch++
	}
}

func checkAtOnce(rt *rapid.T, t *testing.T, s *store.Store, dynamics map[string]before, destination string, racing []*running) {
	for _, column := range []string{"acme_vip", "acme_gold"} {
		exported, err := s.Exported(t.Context(), destination, column, "", 10)
		require.NoError(rt, err)
		held := map[string]bool{}
		for _, e := range exported {
			held[e.Contact] = true
			require.Equal(rt, dynamics[e.Contact][column], e.Word, "the ledger of %s", column)
			require.Equal(rt, greatest(racing, column, e.Contact), e.Word, "the word of %s", column)
			for _, value := range e.Values {
				require.Equal(rt, dynamics[e.Contact][value.Column], value.Value, "the ledger of values")
			}
		}
		for contact := range dynamics {
			require.Equal(rt, greatest(racing, column, contact) != nil, held[contact])
		}
	}
}

// greatest is the word of the greatest row of a contact in a column, nil if there is none.
func greatest(racing []*running, column, contact string) *string {
	var best *staging.Row
	for _, r := range racing {
		for i := range r.rows {
			row := &r.rows[i]
			if r.policy.StatusColumn != column || row.Contact != contact {
				continue
			}
			if best == nil || order(row.QualifiedAt, row.Exited, row.AsOf, best.QualifiedAt, best.Exited, best.AsOf) > 0 {
				best = row
			}
		}
	}
	switch {
	case best == nil:
		return nil
	case best.Exited:
		return text("exited")
	default:
		return text("realized")
	}
}

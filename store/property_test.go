package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

var attributes = []string{"emailaddress1", "firstname"}

// How many histories each database is tried with: PostgreSQL gets the same statements, and takes
// longer to open.
var checks = map[string]int{"sqlite": 40, "postgres": 10}

// checksOf is how many of them a test tries, which may have many.
func checksOf(t *testing.T) int {
	if testing.Short() {
		return 3
	}
	return checks[filepath.Base(t.Name())]
}

// TestHistoryFollowsModel drives random histories of runs through the store, with crashes between
// all steps, and compares Dynamics, the ledgers and the numbers with the model after each run.
func TestHistoryFollowsModel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			if n > checksOf(t) {
				return
			}
			now := &clock{now: day(20)}
			s, err := store.Open(t.Context(), url, store.WithClock(now.Now), store.WithPageRows(3))
			require.NoError(rt, err)
			h := &history{T: rt, t: t, url: url, store: s, clock: now, destination: fmt.Sprintf("crm%d", n), model: model{dynamics: startingContacts(rt)}}
			defer func() { require.NoError(rt, h.store.Close()) }()
			h.dynamics = cloneDynamics(h.model.dynamics)
			for i := range rapid.IntRange(1, 5).Draw(rt, "runs") {
				h.run(h.drawFeed(fmt.Sprintf("%s/%d", h.destination, i)))
			}
		})
	})
}

// history is one random history under way.
type history struct {
	*rapid.T
	t           *testing.T
	url         string
	store       *store.Store
	clock       *clock
	destination string
	dynamics    map[string]before // as the store's decisions have made it
	model       model
	writes      map[string]int // by contact, of the run under way
}

func word(rt *rapid.T, label string) *string {
	return rapid.SampledFrom([]*string{nil, text("Ann"), text(`B"ö\`)}).Draw(rt, label)
}

func startingContacts(rt *rapid.T) map[string]before {
	dynamics := map[string]before{}
	for n := 1; n <= 5; n++ {
		dynamics[contact(n)] = before{"firstname": word(rt, "first"), "emailaddress1": word(rt, "email"),
			"acme_vip": rapid.SampledFrom([]*string{nil, text("realized"), text("foreign")}).Draw(rt, "vip"), "acme_gold": nil}
	}
	return dynamics
}

func (h *history) drawFeed(run string) feed {
	f := feed{run: run, typed: map[int64]map[string]time.Time{}, dry: rapid.IntRange(0, 5).Draw(h.T, "dry") == 0, complete: rapid.Bool().Draw(h.T, "complete"),
		asOf: day(rapid.IntRange(5, 8).Draw(h.T, "asOf")),
		policy: store.Policy{Destination: h.destination, RealizedWord: "realized", ExitedWord: "exited",
			StatusColumn: rapid.SampledFrom([]string{"acme_vip", "acme_gold"}).Draw(h.T, "column"),
			OnExit:       rapid.SampledFrom([]string{store.ExitWrite, store.ExitClear, store.ExitKeep}).Draw(h.T, "onExit"),
			Full:         rapid.IntRange(0, 4).Draw(h.T, "full") == 0}}
	untimed := rapid.IntRange(0, 3).Draw(h.T, "untimed") == 0
	for i := range rapid.IntRange(0, 8).Draw(h.T, "rows") {
		r := staging.Row{Position: int64(i + 1), Line: int64(i + 2), AsOf: f.asOf, Exited: rapid.Bool().Draw(h.T, "exited"),
			Contact: contact(rapid.IntRange(1, 6).Draw(h.T, "contact"))} // the sixth is not in Dynamics
		if at := rapid.IntRange(0, 3).Draw(h.T, "time"); at > 0 {
			r.QualifiedAt = day(at)
		}
		if untimed {
			r.QualifiedAt = f.asOf
		}
		if rapid.IntRange(0, 9).Draw(h.T, "bad") == 0 {
			r.BadColumn = "birthdate"
		}
		values := map[string]*string{}
		for _, attribute := range attributes {
			if rapid.Bool().Draw(h.T, "has "+attribute) {
				values[attribute] = word(h.T, attribute)
			}
		}
		encoded, err := json.Marshal(values)
		require.NoError(h, err)
		r.Attributes = encoded
		if len(values) > 0 && rapid.IntRange(0, 5).Draw(h.T, "corrected") == 0 {
			column, at := slices.Min(slices.Collect(maps.Keys(values))), day(rapid.IntRange(5, 9).Draw(h.T, "corrected at"))
			require.NoError(h, r.DateValues([]string{column}, at))
			f.typed[r.Position] = map[string]time.Time{column: at}
		}
		f.rows, f.values = append(f.rows, r), append(f.values, values)
	}
	if rapid.IntRange(0, 3).Draw(h.T, "excluded") == 0 {
		f.excluded = append(f.excluded, staging.Excluded{Position: int64(len(f.rows) + 1), Contact: contact(rapid.IntRange(1, 5).Draw(h.T, "excluded contact")), Reason: "unknown_status"})
	}
	return f
}

// maybe crashes the worker: everything in memory is gone, the store is opened anew.
func (h *history) maybeCrash(label string) bool {
	crash := rapid.IntRange(0, 15).Draw(h.T, label)
	if crash > 1 {
		return false
	}
	if crash == 1 {
		return true // an attempt that died in a process that lives on
	}
	require.NoError(h, h.store.Close())
	var err error
	h.store, err = store.Open(h.t.Context(), h.url, store.WithClock(h.clock.Now), store.WithPageRows(3))
	require.NoError(h, err)
	return true
}

func (h *history) run(f feed) {
	h.writes = map[string]int{}
	ctx := h.t.Context()
	kind := runs.KindActivate
	if f.dry {
		kind = runs.KindPlan
	}
	require.NoError(h, h.store.BeginRun(ctx, runlog.Run{Run: f.run, Destination: h.destination, Kind: kind, Column: f.policy.StatusColumn}))
	require.NoError(h, h.store.PinSource(ctx, f.run, "source", f.asOf))
	want := h.model.run(f)
	h.stage(f)
	h.plan(f)
	if !f.dry {
		h.send(f)
	}
	require.Equal(h, h.model.dynamics, h.dynamics, "Dynamics after %s", f.run)
	got, err := h.store.Counts(ctx, f.run)
	require.NoError(h, err)
	require.Equal(h, want, got, "counts of %s", f.run)
	for contact, n := range h.writes {
		require.Equal(h, 1, n, "writes of contact %s", contact)
	}
	h.compareLedger(f.policy.StatusColumn)
	require.NoError(h, h.store.EndRun(ctx, f.run, runs.StatusCompleted, "", "", nil))
	require.NoError(h, h.store.Purge(ctx, f.run))
	got, err = h.store.Counts(ctx, f.run)
	require.NoError(h, err)
	require.Equal(h, want, got, "counts of %s after purging", f.run)
}

func (h *history) stage(f feed) {
	ctx := h.t.Context()
	size := rapid.IntRange(1, 4).Draw(h.T, "chunk")
	total := len(f.rows) + len(f.excluded)
	for from := 0; from < total; from += size {
		to := min(from+size, total)
		c := staging.Chunk{From: int64(from), To: int64(to)}
		c.Rows = f.rows[min(from, len(f.rows)):min(to, len(f.rows))]
		if to > len(f.rows) {
			c.Excluded = f.excluded
		}
		require.NoError(h, h.store.Stage(ctx, f.run, c))
		if h.maybeCrash("crash after a chunk") {
			require.NoError(h, h.store.Stage(ctx, f.run, c)) // as a retry would
		}
	}
	require.NoError(h, h.store.FinishStaging(ctx, f.run))
	if f.complete {
		_, err := h.store.StageAbsent(ctx, f.run, f.policy)
		require.NoError(h, err)
		h.maybeCrash("crash after absent")
		_, err = h.store.StageAbsent(ctx, f.run, f.policy)
		require.NoError(h, err)
	}
}

func (h *history) plan(f feed) {
	ctx := h.t.Context()
	for range 2 { // the second time as a retry would: it changes nothing
		for after, done := 0, false; !done; {
			var err error
			after, done, err = h.store.Plan(ctx, f.run, f.policy, after)
			require.NoError(h, err)
		}
		h.maybeCrash("crash after planning")
	}
	asked, err := h.store.ToRead(ctx, f.run, 0, allPages, 100)
	require.NoError(h, err)
	there := cloneDynamics(h.dynamics)
	if len(asked.Contacts) > 1 {
		some := asked
		some.Contacts = asked.Contacts[1:]
		require.NoError(h, h.store.PlanRead(ctx, f.run, f.policy, some, found(there)))
		h.maybeCrash("crash after reading")
	}
	require.NoError(h, h.store.PlanRead(ctx, f.run, f.policy, asked, found(there)))
	_, _, err = h.store.MakeBatches(ctx, f.run, 2)
	require.NoError(h, err)
}

func (h *history) send(f feed) {
	ctx := h.t.Context()
	batches, _, err := h.store.MakeBatches(ctx, f.run, 2)
	require.NoError(h, err)
	for n := 1; n <= batches; n++ {
		ref := store.BatchRef{Run: f.run, Batch: n}
		var zombie *store.Taken
		for done := false; !done; {
			taken, err := h.store.TakeBatch(ctx, ref, f.policy, time.Minute)
			require.NoError(h, err)
			if zombie != nil {
				lost := &store.LostAttempt{}
				require.True(h, errors.As(h.store.Book(ctx, ref, zombie.Attempt, store.Booking{Written: zombie.Rows}), &lost))
			}
			zombie = taken
			done = h.attempt(ref, taken)
		}
	}
}

// attempt works on what was taken; false: it died on the way.
func (h *history) attempt(ref store.BatchRef, taken *store.Taken) bool {
	ctx := h.t.Context()
	var again []store.TakenRow
	for _, row := range taken.Recovered {
		if holds(h.dynamics[row.Contact], row.Changes) {
			require.NoError(h, h.store.Book(ctx, ref, taken.Attempt, store.Booking{Written: []store.TakenRow{row}}))
			continue
		}
		again = append(again, row)
	}
	h.clock.now = h.clock.now.Add(taken.LeaseLeft)
	for _, row := range append(again, taken.Rows...) {
		if h.maybeCrash("crash before the request") {
			return false
		}
		apply(h.dynamics, row)
		h.writes[row.Contact]++
		if h.maybeCrash("crash after the request") {
			return false
		}
		if rapid.IntRange(0, 7).Draw(h.T, "release") == 0 {
			continue // neither booked nor released: its outcome is not known
		}
		require.NoError(h, h.store.Book(ctx, ref, taken.Attempt, store.Booking{Written: []store.TakenRow{row}}))
		require.NoError(h, h.store.Book(ctx, ref, taken.Attempt, store.Booking{Written: []store.TakenRow{row}}))
	}
	counts, err := h.store.FinishBatch(ctx, ref, taken.Attempt, store.Booking{})
	require.NoError(h, err)
	return counts.Done
}

func holds(contact before, changes []store.Change) bool {
	for _, change := range changes {
		if !same(contact[change.Column], change.Value) {
			return false
		}
	}
	return true
}

// compareLedger compares what the store says Dynamics holds with what the model knows.
func (h *history) compareLedger(column string) {
	got, err := h.store.Exported(h.t.Context(), h.destination, column, "", 100)
	require.NoError(h, err)
	byContact := map[string]ledger.Exported{}
	for _, e := range got {
		byContact[e.Contact] = e
	}
	for n := 1; n <= 6; n++ {
		e, has := byContact[contact(n)]
		require.Equal(h, h.model.exported(column, contact(n)), has, "exported")
		if !has {
			continue
		}
		last := h.model.latest(column, e.Contact)
		require.Equal(h, last.exited, e.Exited)
		require.Equal(h, [2]time.Time{last.time, last.asOf}, [2]time.Time{e.QualifiedAt, e.AsOf})
		require.Equal(h, h.dynamics[e.Contact][column], e.Word)
		values := []ledger.Value(nil)
		for _, attribute := range attributes {
			if value, _, known := h.model.value(e.Contact, attribute); known {
				values = append(values, ledger.Value{Column: attribute, Value: value})
			}
		}
		require.Equal(h, values, e.Values)
	}
}

package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"audienceflow/runs"
	_ "audienceflow/store" // the drivers of both databases
)

// shownDifferences is how many contacts that differ are shown of each kind.
const shownDifferences = 10

// differences gathers what is not as it must be, and shows the first of each kind.
type differences struct{ byKind map[string][]string }

func (d *differences) add(kind, format string, args ...any) {
	if d.byKind == nil {
		d.byKind = map[string][]string{}
	}
	d.byKind[kind] = append(d.byKind[kind], fmt.Sprintf(format, args...))
}

func (d *differences) tell(l *timeline) {
	for _, kind := range slices.Sorted(maps.Keys(d.byKind)) {
		all := d.byKind[kind]
		slices.Sort(all)
		l.fault("%d %s:\n  %s", len(all), kind, strings.Join(all[:min(len(all), shownDifferences)], "\n  "))
	}
}

// compareContacts compares every contact of a destination with the model.
func (p *place) compareContacts(d *differences) {
	held, err := p.held()
	if err != nil {
		d.add("contacts cannot be read", "%s: %v", p.name, err)
		return
	}
	for column, values := range p.model.expected() {
		for contact, want := range values {
			if got := held[column][contact]; got != want {
				d.add("contacts differ", "%s: %s of %s is %q, and must be %q", p.name, column, contact, got, want)
			}
			delete(held[column], contact)
		}
		for contact := range held[column] {
			d.add("contacts are there that were deleted", "%s: %s", p.name, contact)
		}
	}
}

// open opens the store as an operator would, beside the product.
func (w *world) open() (*sql.DB, error) {
	if path, ok := strings.CutPrefix(w.storeURL, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(30000)")
	}
	return sql.Open("pgx", w.storeURL)
}

// compareStore compares the ledgers and the runs with the model.
func (w *world) compareStore(ctx context.Context, d *differences) {
	db, err := w.open()
	if err != nil {
		d.add("the store cannot be opened", "%v", err)
		return
	}
	defer db.Close()
	for what, compare := range map[string]func(context.Context, *sql.DB, *differences) error{
		"exported_status": w.compareStatus, "exported_values": w.compareValues, "what is under way": w.compareOpen, "inbox": w.compareInbox,
	} {
		if err := compare(ctx, db, d); err != nil {
			d.add("the store cannot be read", "%s: %v", what, err)
		}
	}
}

// rows calls each with the columns of every row.
func rows(ctx context.Context, db *sql.DB, query string, columns int, each func(v []sql.NullString)) error {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer found.Close()
	values, into := make([]sql.NullString, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
		each(values)
	}
	return found.Err()
}

// compareStatus compares what is kept of each audience: which contacts, their words and when they
// qualified.
func (w *world) compareStatus(ctx context.Context, db *sql.DB, d *differences) error {
	want := map[string]string{}
	for _, p := range w.places {
		for audience := range p.model.status {
			for contact, e := range p.model.exported(audience) {
				want[strings.Join([]string{p.name, statusColumn(audience), contact}, " ")] = fmt.Sprintf("%s at %d", e.word, e.at)
			}
		}
	}
	err := rows(ctx, db, `SELECT destination, column_name, contact, word, qualified_at FROM exported_status`, 5, func(v []sql.NullString) {
		key := strings.Join([]string{v[0].String, v[1].String, v[2].String}, " ")
		got, wanted := v[3].String+" at "+strings.TrimSuffix(v[4].String, "000000"), want[key]
		delete(want, key)
		if wanted == "" && v[3].Valid || wanted != "" && got != wanted {
			d.add("entries of the ledger differ", "%s: %s, and must be %q", key, got, wanted)
		}
	})
	for key, wanted := range want {
		d.add("entries of the ledger are missing", "%s: %s", key, wanted)
	}
	return err
}

// compareValues compares the attributes that are kept.
func (w *world) compareValues(ctx context.Context, db *sql.DB, d *differences) error {
	want := map[string]string{}
	for _, p := range w.places {
		p.model.mu.Lock()
		for column, values := range p.model.ledger {
			for contact, value := range values {
				want[strings.Join([]string{p.name, column, contact}, " ")] = value
			}
		}
		p.model.mu.Unlock()
	}
	err := rows(ctx, db, `SELECT destination, column_name, contact, value FROM exported_values`, 4, func(v []sql.NullString) {
		key := strings.Join([]string{v[0].String, v[1].String, v[2].String}, " ")
		if wanted, known := want[key]; !known || wanted != v[3].String {
			d.add("values of the ledger differ", "%s: %q, and must be %q", key, v[3].String, wanted)
		}
		delete(want, key)
	})
	for key, wanted := range want {
		d.add("values of the ledger are missing", "%s: %q", key, wanted)
	}
	return err
}

// openRuns are runs that the store takes to be under way, begunOnly those of which it has nothing
// yet.
const (
	openRuns  = "runs are open"
	begunOnly = "runs are open that were only begun"
)

// compareOpen tells what is still under way though all is quiet.
func (w *world) compareOpen(ctx context.Context, db *sql.DB, d *differences) error {
	for what, query := range map[string]string{
		"batches are not done":   `SELECT b.run, b.batch, b.state FROM batches b JOIN runs r ON r.run = b.run WHERE b.state <> 'done' AND r.status = 'completed' AND r.kind <> 'plan'`,
		"contacts are in flight": `SELECT run, batch, contacts FROM in_flight`,
		openRuns:                 `SELECT run, workflow_id, status FROM runs WHERE ended_at IS NULL AND kind <> 'stream' AND source_identity IS NOT NULL`,
		begunOnly:                `SELECT run, workflow_id, status FROM runs WHERE ended_at IS NULL AND kind <> 'stream' AND source_identity IS NULL`,
	} {
		if err := rows(ctx, db, query, 3, func(v []sql.NullString) {
			if what == begunOnly && v[2].String == runs.StatusRunning && w.endedAs(v[0].String) != "" {
				return // a step of a worker that had been stopped has begun it late; a worker ends it within ten minutes
			}
			d.add(what, "%s %s %s", v[0].String, v[1].String, v[2].String)
		}); err != nil {
			return err
		}
	}
	return rows(ctx, db, `SELECT run, workflow_id, status, reason FROM runs WHERE ended_at IS NOT NULL AND status <> 'completed'`, 4,
		func(v []sql.NullString) {
			if w.endedAs(v[0].String) != v[2].String {
				d.add("runs have not completed", "%s %s %s %s", v[0].String, v[1].String, v[2].String, v[3].String)
			}
		})
}

// compareInbox tells of events that are still waiting.
func (w *world) compareInbox(ctx context.Context, db *sql.DB, d *differences) error {
	return rows(ctx, db, `SELECT destination, audience, count(*) FROM inbox GROUP BY destination, audience`, 3, func(v []sql.NullString) {
		d.add("events are left in the inbox", "%s %s: %s", v[0].String, v[1].String, v[2].String)
	})
}

// compareReports asks for each run's report: its numbers must add up, and those of a stream's
// windows must be the events taken.
func (w *world) compareReports(ctx context.Context, d *differences, since time.Time) {
	var listed []struct {
		WorkflowID, Run, Kind, Status string
		StartedAt                     time.Time
	}
	if !w.document(ctx, &listed, "list") {
		return
	}
	for _, l := range listed {
		if l.Kind != runs.KindActivate || l.StartedAt.Before(since) || w.endedAs(l.Run) != "" {
			continue // of those that have not completed, what they said at their end was looked at
		}
		var report runs.Report
		if !w.document(ctx, &report, "status", l.Run) {
			return
		}
		w.reports++
		addsUp(d, report)
		if report.Run != l.Run {
			d.add("reports are of another run", "%s: %s", l.Run, shown(report))
		}
	}
}

func addsUp(d *differences, r runs.Report) {
	if !sound(r) {
		d.add("reports do not add up", "%s %s: %s", r.Run, r.Status, shown(r.Numbers))
	}
}

// sound reports whether the numbers of a run that has ended add up.
func sound(r runs.Report) bool {
	n := r.Numbers
	return n.Received == n.Activated+n.Unchanged+n.Superseded+n.Excluded+n.Failed+n.Pending &&
		(n.Pending == 0 || r.Status != runs.StatusCompleted) && n.ByStatus.Realized+n.ByStatus.Exited == n.Activated
}

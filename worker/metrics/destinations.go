package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"audienceflow/monitoring"
	"audienceflow/runs"
	"audienceflow/store"
)

const (
	// standingAge is how long what was read from the store is good for: however many scrape, and
	// however often, it is asked no more than that.
	standingAge = 10 * time.Second
	// standingTime bounds the reading; a store that takes longer leaves its gauges out.
	standingTime = 5 * time.Second
)

// destinations tells how destinations stand by the store. Each worker of a destination tells the
// same: take the largest.
type destinations struct {
	mu    sync.Mutex
	kept  *store.Store
	all   []followed
	now   func() time.Time
	read  time.Time
	known []prometheus.Metric
}

type followed struct {
	name      string
	dailyRows int64
}

// Follow tells how the destination stands by the store; dailyRows is its budget, 0 for none.
func (d *Destination) Follow(kept *store.Store, dailyRows int64) {
	d.standing.mu.Lock()
	defer d.standing.mu.Unlock()
	if d.standing.kept == nil {
		d.standing.kept = kept
		d.registry.MustRegister(&monitoring.Streams{Inbox: kept, Now: time.Now, Only: d.standing.follows})
	}
	d.standing.all = append(d.standing.all, followed{d.name, dailyRows})
}

func (d *destinations) follows(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.all {
		if one.name == name {
			return true
		}
	}
	return false
}

var (
	paused      = describe("destination_paused", "1 while everything to the destination is paused.")
	budget      = describe("budget_rows", "Rows that may be sent in 24 hours, by DAILY_ROWS.")
	budgetLeft  = describe("budget_left_rows", "Rows that are left of them.")
	openRuns    = describe("open_runs", "Runs that have not ended, by kind and status.", "kind", "status")
	ledgerSize  = describe("ledger_contacts", "Contacts that the ledger holds for an audience, by status.", "audience", "status")
	lastVerdict = describe("last_validation_match", "1 where the last validation of the audience found a match, else 0.", "audience")
	validatedAt = describe("last_validation_timestamp_seconds", "When the last validation of the audience ended.", "audience")
)

// Describe implements prometheus.Collector.
func (d *destinations) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{paused, budget, budgetLeft, openRuns, ledgerSize, lastVerdict, validatedAt} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (d *destinations) Collect(to chan<- prometheus.Metric) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.now(); d.read.IsZero() || now.Sub(d.read) >= standingAge {
		ctx, cancel := context.WithTimeout(context.Background(), standingTime)
		defer cancel()
		d.known, d.read = nil, now
		for _, one := range d.all {
			d.known = append(d.known, d.standing(ctx, one)...)
		}
	}
	for _, metric := range d.known {
		to <- metric
	}
}

// standing reads how one destination stands. What cannot be read is left out.
func (d *destinations) standing(ctx context.Context, one followed) []prometheus.Metric {
	var all []prometheus.Metric
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		all = append(all, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{one.name}, labels...)...))
	}
	if pause, err := d.kept.DestinationPaused(ctx, one.name); err == nil {
		gauge(paused, bit(pause.Paused && (pause.Until.IsZero() || d.now().Before(pause.Until))))
	}
	if one.dailyRows > 0 {
		if used, err := d.kept.SentRows(ctx, one.name); err == nil {
			gauge(budget, float64(one.dailyRows))
			gauge(budgetLeft, float64(max(0, one.dailyRows-used)))
		}
	}
	if open, err := d.kept.CountOpen(ctx, one.name); err == nil {
		for _, o := range open {
			gauge(openRuns, float64(o.Count), o.Kind, o.Status)
		}
	}
	if verdicts, err := d.kept.LatestVerdicts(ctx, one.name); err == nil {
		for _, v := range verdicts {
			gauge(lastVerdict, bit(v.Verdict == runs.VerdictMatch), v.Audience)
			gauge(validatedAt, float64(v.EndedAt.Unix()), v.Audience)
		}
	}
	for audience, n := range d.ledger(ctx, one.name) {
		gauge(ledgerSize, float64(n.Realized), audience, "realized")
		gauge(ledgerSize, float64(n.Exited), audience, "exited")
	}
	return all
}

// ledger counts the contacts that the ledger holds, by audience: one may own several columns.
func (d *destinations) ledger(ctx context.Context, destination string) map[string]runs.ByStatus {
	sums := map[string]runs.ByStatus{}
	columns, err := d.kept.OwnedColumns(ctx, destination)
	if err != nil {
		return nil
	}
	for _, column := range columns {
		counts, err := d.kept.CountExported(ctx, destination, column.Column)
		if err != nil {
			return nil
		}
		n := sums[column.Audience]
		for _, count := range counts {
			if count.Exited {
				n.Exited += count.Contacts
			} else {
				n.Realized += count.Contacts
			}
		}
		sums[column.Audience] = n
	}
	return sums
}

func bit(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

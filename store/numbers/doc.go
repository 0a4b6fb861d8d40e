// Package numbers counts what has become of the rows of runs: of a run, of a batch, and what the
// guards judge by.
//
// On disk it has nothing of its own. Each page of a run carries its numbers (outcomes, see package
// staging), and a sum over pages is what anybody is told, at any time and whoever asks:
//
//	outcomes   run  page  rows  unchanged  superseded  ...        what Counts adds up
//	batches    run  batch page  state                             which page is a batch, and how many are done
//	rejected   run  reason                                        what is excluded and failed, by reason
//	runs       run  ignored  without_consent  counts (JSON)       what no row tells, and the numbers of a run without rows
//
// Invariants:
//
//  1. Numbers are counted from rows, never added up from what activities have reported, so that
//     nothing is counted twice however often a step is repeated.
//  2. Received is the sum of all outcomes: activated, unchanged, superseded, excluded, failed and
//     pending.
//  3. Before a run loses its rows its numbers are kept, once, and are those from then on.
//
// It decides nothing and changes no row: it knows neither how rows are compared with the ledgers
// nor who is sending them.
package numbers

import (
	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// Counter counts the rows of a store's runs.
type Counter struct {
	db     *sqldb.DB
	rows   *staging.Staging
	ledger *ledger.Ledger
}

// New gives the counter of a store.
func New(db *sqldb.DB, rows *staging.Staging, entries *ledger.Ledger) *Counter {
	return &Counter{db: db, rows: rows, ledger: entries}
}

// Package staging holds the rows of runs: from the order of a source to the order of contacts, what
// has become of each, and those that got no further.
//
// A source is not in the order of contacts. Each chunk of it is sorted by itself and kept in blocks
// of 32 rows; at the end of staging the blocks are merged into pages of 1,000, the latest row of
// each contact alone (an external merge sort):
//
//	chunk 1  [b.. d.. k..] [m.. z..]   \
//	chunk 2  [a.. d.. e..] [x..]        +-->  page 1 [a.. b.. d.. e..]  page 2 [k.. m.. x.. z..]
//	(staged_blocks)                    /      (staged: data; outcomes: state and numbers)
//
// On disk a page is two rows, because its rows never change and what becomes of them does:
//
//	staged    run  page  first_contact  last_contact  data     the rows, one after the other (codec.go)
//	outcomes  run  page  state                                 a byte for each row; then what Dynamics
//	                                                           holds of those still to be sent
//	               to_send  realized  unchanged  failed ...    how many rows are what
//
// rejected has a row for each record that was excluded or has failed, warnings and warning_counts
// what was left out of rows that got through. How far staging is stands in the table runs
// (staged_position, staged_after, sorted_to, staging_done).
//
// Invariants:
//
//  1. A chunk is kept with its cursor in one transaction; one that is handed over again changes
//     nothing.
//  2. A contact has one row in a run. Rows that it has overtaken are counted by it (losers).
//  3. The numbers of a page are those of its rows, in the same statement: a run's numbers are sums
//     over its pages.
//  4. A row leaves its page only by being moved into a batch's, by erasure, or with its run.
//
// What pages buy: see docs/performance.md. Plain rows for runs and ledgers took 72 µs of the
// store's CPU a contact against 20 in packed forms (SQLite, 100,000 contacts), and several times
// more at a million.
//
// It knows nothing of policies, of batches' attempts and of what Dynamics answers: which outcome a
// row gets is decided above, as is who may send it.
package staging

// Package store keeps what an activation must not forget. It decides which rows have to be sent
// (decide), sends them in batches that one attempt has at a time (take, book). The packages below
// hold the rest, each with its form on disk:
//
//	runlog        runs: what they are for, where they stand, how they ended
//	staging       the rows of runs, and what has become of them
//	numbers       counts of what has become of the rows
//	ledger        what Dynamics holds, by our knowledge
//	inbox         events of streams
//	columns       which audience owns which status column
//	contacts      one contact looked up, here and in Dynamics
//	destinations  pauses, bindings to environments, daily budgets, alerts
//	validations   what reading back has found
//	upkeep        whether the store is sound, and copies of it
//	sqldb         the database beneath all of them
//
// Its own tables:
//
//	batches    run  batch  page  rows  state                    attempt  lease_until
//	           r1   7      7     1000  planned, sending, done   2        t
//	in_flight  destination  run  batch  first_contact  last_contact  contacts
//
// Invariants:
//
//  1. A contact is in flight for one batch of a destination at most. Rows are taken, and their batch
//     is sending, before the first request that has them.
//  2. The ledgers change only in the transaction that books what Dynamics has accepted, or that finds
//     a row right as it is; an attempt that has lost its batch books nothing.
//  3. Whoever compares rows with the ledgers of a destination holds its lock until the end of the
//     transaction.
//
// A transaction that spans packages is begun here and handed to their functions. The store knows
// nothing of sources, of Dynamics' Web API and of Temporal: contacts, columns, words and canonical
// values come in as plain text. Errors never hold contacts or values.
package store

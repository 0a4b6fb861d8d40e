// Package sqldb is the database beneath the store: SQLite (one file, the default) or PostgreSQL.
//
// It owns the connections, the dialects, transactions, the one writer of SQLite, the migrations'
// runner, bulk parameters, the rights on SQLite's files and what is said of a database that is
// damaged, gone or away. It knows no table but store_info, which holds the store's random id: the
// schema is its caller's, who hands it to Open.
//
// On disk, SQLite:
//
//	audienceflow.db       the database, in WAL mode
//	audienceflow.db-wal   its log, copied back from 16 MiB on, emptied by Checkpoint
//	audienceflow.db-shm   the log's index, shared by all processes
//	audienceflow.db-next  the queue for the write lock, see writeQueue
//	audienceflow.db-turn
//
// All of them are their owner's alone.
//
// Invariants:
//
//  1. A change that Update has made without an error survives a power cut; one with an error has
//     left nothing behind.
//  2. SQLite has one writing connection in a process, its transactions one after the other. Changes
//     that wait for it share a commit, never each other's failure.
//  3. Statements hold no data, so that they are few and can be kept prepared, and no error shows
//     what a row holds.
//
// What its mechanisms buy (docs/performance.md): group commit, a fifth of the time of sending,
// which went into waiting for commits of its own; the plain way is a transaction for each change.
// The write queue and the short looks for SQLite's lock, that a process which writes now and then
// comes to write beside one that always does (TestAWriterFindsTheGapsOfABusyOne,
// TestWritersTakeTurns); the plain way is SQLite's busy handler, which looks ten times a second and
// keeps no order.
package sqldb

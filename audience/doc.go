// Package audience says what an audience is: which contacts are realized or
// exited, since when and with which values, and which activation of it goes to
// which column of Dynamics. It owns the words (Status, Activation, Record,
// SourceError) and how a contact id, a status and a time are read from text.
//
// The rooms below read them:
//
//	activation   the activation file                 YAML -> Activation
//	files        where a source's files stand        folder, pattern, bucket -> parts
//	source       what is in them, or in a database   parts -> Records
//	profile      one JSON profile or row of a table  -> Record
//	buckets, parquet   the large libraries, linked by the worker alone
//
// Invariants: an Activation holds no secrets and may travel through workflow
// histories; times are UTC to the microsecond, zero is oldest; an error's text
// holds the activation's own words, paths, lines and counts, never an id or a
// value of the source.
//
// It knows nothing of Dynamics, of the store or of Temporal, and reads no
// environment: callers pass in the clock, the allowed folders and database
// connections.
package audience

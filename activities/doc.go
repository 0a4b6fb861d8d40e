// Package activities holds the steps of an activation that have side effects: signing in, reading a
// source, planning, updating and reading contacts, and keeping the run's record.
//
// It is thin glue between audience, store and dynamics. It owns the shapes that travel through
// Temporal (references, counts and column metadata; never contacts, values, tokens or secrets) and
// the one translation of a dynamics error into a Temporal one. It decides nothing about the order
// of steps: that belongs to workflows, which it must not know.
package activities

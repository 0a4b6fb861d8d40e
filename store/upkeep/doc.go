// Package upkeep looks after a store as a whole: whether it is sound, copies of it, and what
// deleted rows have left in its file.
//
// On disk it has nothing of its own, and changes no row: it reads the tables of all packages, and
// the file beneath.
//
// Invariants:
//
//  1. Check changes nothing, and looks no further into a store of another schema than its version.
//  2. What it finds names tables, columns and numbers, never contacts or values.
//
// It does not know what runs are about, nor when upkeep is due: the worker and people ask for it.
package upkeep

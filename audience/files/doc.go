// Package files finds the files of a source: one file, a folder, a pattern or
// a bucket's objects become a Listing of Parts, read in the order of their
// names as if they were one.
//
// Invariants: local files are read from the allowed folders only, whatever
// links lead to; a Listing's Identity changes whenever a file does; where AEP's
// manifest names files, all of them are there, in the size it says.
//
// It must not look into a file, but for a manifest: formats belong to source.
package files

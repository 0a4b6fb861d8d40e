// Package mapping is about the values of mapped columns: it brings those of records into the form
// in which Dynamics keeps them, says which do not fit and why, and puts failed rows right by a file
// of corrections. It keeps nothing on disk: what it makes are rows for the store to stage. It calls
// neither Dynamics nor the store, and knows nothing of runs.
package mapping

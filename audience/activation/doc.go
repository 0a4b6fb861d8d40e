// Package activation reads activation files: YAML that names one audience, or
// several, with its source, mapping and guards.
//
//	text -> yaml.Node -> draft (values with their lines) -> audience.Activation
//
// Invariants: everything wrong with a file is reported at once, with lines; a
// key that is not known is an error with the nearest one that is; defaults are
// applied here and nowhere else; a URL with a credential in it is refused and
// not shown.
//
// It must not open a source: whether a path exists is the worker's to say.
package activation

package audience

import "fmt"

// Cause classes a SourceError.
type Cause string

const (
	// CauseMissing says that the source is not there, or this host cannot see it.
	CauseMissing Cause = "missing"
	// CauseForbidden says that the source may not be read from here.
	CauseForbidden Cause = "forbidden"
	// CauseCut says that the source ends in the middle of a record or a stream.
	CauseCut Cause = "cut"
	// CauseChanged says that the source changed while it was read.
	CauseChanged Cause = "changed"
	// CauseHeader says that a column is missing, named twice, or there is no header.
	CauseHeader Cause = "header"
	// CauseManifest says that the files do not agree with the export's manifest.
	CauseManifest Cause = "manifest"
	// CauseFormat says that the source is not in the format it should be in.
	CauseFormat Cause = "format"
	// CauseEmpty says that the source holds nothing of what the activation names.
	CauseEmpty Cause = "empty"
	// CauseRead says that reading failed; another attempt may succeed.
	CauseRead Cause = "read"
)

// SourceError says why a source cannot be read, or not to its end. It stops
// the run before planning. Its text goes into histories and logs: it holds
// paths, lines, counts and the activation's own words, never the source's.
type SourceError struct {
	Cause Cause
	// Source is the path or URL; readers of formats leave it to whoever knows it.
	Source string
	// Line is the 1-based line of the source, 0 when none is meant.
	Line int64
	// Message says what happened and what to do.
	Message string
	Err     error
	// Detail holds words of the source that help, such as its header. It is no
	// part of the text: it may go to the store, and from there to people.
	Detail string
}

// Error gives the whole message in one line.
func (e *SourceError) Error() string {
	text := e.Source
	if e.Line > 0 {
		text = fmt.Sprintf("%s: line %d", text, e.Line)
	}
	text += ": " + e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the error underneath, if any.
func (e *SourceError) Unwrap() error { return e.Err }

// Temporary tells whether reading the same source again may succeed.
func (e *SourceError) Temporary() bool { return e.Cause == CauseRead }

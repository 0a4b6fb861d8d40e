package source

import (
	"bytes"
	"errors"
	"io"

	"audienceflow/audience"
)

// bracketSkip follows brackets and strings alone, so that it can leave out a
// value of any length and depth.
type bracketSkip struct {
	depth    int
	inText   bool
	escaped  bool
	lineEnds bool // a line's end ends the value as well
}

// skipBrackets skips the value at the front by its brackets. A value without
// brackets ends where its list goes on. It ends at a line's end inside a
// string, which JSON does not allow, and where lineEnds says so.
func (f *jsonFrames) skipBrackets(line int64, lineEnds bool) error {
	s := bracketSkip{lineEnds: lineEnds}
	for {
		data := f.w.data()
		used, done := s.skip(data)
		f.w.advance(used)
		if done {
			return nil
		}
		if err := f.w.more(); err != nil {
			if errors.Is(err, io.EOF) {
				return cutRecord(line)
			}
			return err
		}
	}
}

// skip gives how many bytes of data belong to the value, and whether it ends.
func (s *bracketSkip) skip(data []byte) (used int, done bool) {
	for i, c := range data {
		switch {
		case c == '\n' && (s.inText || s.lineEnds):
			return i, true
		case s.inText:
			s.insideText(c)
			if !s.inText && s.depth == 0 {
				return i + 1, true
			}
		case c == '"':
			s.inText = true
		case c == '{' || c == '[':
			s.depth++
		case s.depth == 0 && (c == ',' || c == '}' || c == ']' || c == '\n'):
			return i, true
		case c == '}' || c == ']':
			s.depth--
			if s.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(data), false
}

func (s *bracketSkip) insideText(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.inText = false
	}
}

// skipTail skips what follows a list of profiles that was entered before its
// object was whole.
func (f *jsonFrames) skipTail(list container) error {
	for {
		end, v := scanTail(f.w.data())
		if v == scanWhole {
			if list.env == nil && (bytes.Contains(f.w.data()[:end], []byte(`"audienceId"`)) || bytes.Contains(f.w.data()[:end], []byte(`"segmentId"`))) {
				return &audience.SourceError{Cause: audience.CauseFormat, Line: list.line, Message: "audienceId stands behind profiles, which are longer than 16 MiB; write audienceId first, or smaller lists"}
			}
			f.w.advance(end)
			return nil
		}
		if v != scanPartial {
			return f.brokenList()
		}
		err := f.w.more()
		switch {
		case errors.Is(err, io.EOF):
			return cutRecord(list.line)
		case errors.Is(err, errTooLong):
			return f.brokenList()
		case err != nil:
			return err
		}
	}
}

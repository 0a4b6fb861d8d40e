package source

import (
	"bytes"
	"errors"
	"io"

	"audienceflow/audience"
)

// utf8Mark is the byte order mark that Windows programs put before UTF-8.
var utf8Mark = []byte("\xef\xbb\xbf")

// Why a record is no profile.
const (
	noObject   = "not a JSON object"
	notJSON    = "not JSON"
	noUTF8     = "not UTF-8: save or export it as UTF-8"
	tooDeep    = "nested too deep"
	tooLong    = "longer than 16 MiB"
	listBroken = "the JSON list is broken here: a comma or its end must follow; export the file again"
)

// ended turns the end of the stream into what it means here.
func (f *jsonFrames) ended(err error) error {
	if errors.Is(err, io.EOF) && len(f.stack) > 0 {
		return f.cut()
	}
	return err
}

// cut says that the innermost list has no end.
func (f *jsonFrames) cut() error {
	line := f.w.line
	if len(f.stack) > 0 {
		line = f.stack[len(f.stack)-1].line
	}
	return &audience.SourceError{Cause: audience.CauseCut, Line: line, Message: "the list that starts here has no end, so it was cut; export it again"}
}

func (f *jsonFrames) brokenList() error {
	return &audience.SourceError{Cause: audience.CauseFormat, Line: f.w.line, Message: listBroken}
}

// badLine takes the whole line as one record that is no profile. On the last
// line without an end, text that is no JSON is a cut record.
func (f *jsonFrames) badLine(line int64) (jsonFrame, bool, error) {
	text, ended, err := f.lineAhead()
	if err != nil {
		return jsonFrame{}, false, err
	}
	frame := jsonFrame{line: line, broken: notJSON, syntax: true}
	// A number needs something behind it to be whole.
	if end, v := scanValue(append(text, '\n'), 0); v == scanWhole && len(bytes.TrimSpace(text[end:])) == 0 {
		frame.broken, frame.syntax = noObject, false
	}
	if !ended && frame.syntax {
		return jsonFrame{}, false, brokenEnd(line)
	}
	return frame, true, nil
}

// lineAhead takes the rest of the line. Of a line that is too long it gives
// nothing but moves behind it.
func (f *jsonFrames) lineAhead() (text []byte, ended bool, err error) {
	for {
		data := f.w.data()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			text = bytes.Clone(data[:i])
			f.w.advance(i + 1)
			return text, true, nil
		}
		err := f.w.more()
		switch {
		case errors.Is(err, io.EOF):
			text = bytes.Clone(data)
			f.w.advance(len(data))
			return text, false, nil
		case errors.Is(err, errTooLong):
			ended, err = f.w.skipLine()
			return nil, ended, err
		case err != nil:
			return nil, false, err
		}
	}
}

// badRecord skips a record that is no JSON: its line, and the lines that go on
// with it where it was written over several.
func (f *jsonFrames) badRecord(line int64) (jsonFrame, bool, error) {
	ended, err := f.w.skipLine()
	if err != nil {
		return jsonFrame{}, false, err
	}
	if !ended {
		return jsonFrame{}, false, brokenEnd(line)
	}
	if err := f.skipContinuation(); err != nil {
		return jsonFrame{}, false, err
	}
	return jsonFrame{line: line, broken: notJSON, syntax: true}, true, nil
}

// skipContinuation skips lines that are indented or start with a closing
// bracket: the rest of a record written over several lines.
func (f *jsonFrames) skipContinuation() error {
	for {
		if len(f.w.data()) == 0 {
			if err := f.w.more(); err != nil {
				return ignoreEOF(err)
			}
		}
		switch f.w.data()[0] {
		case ' ', '\t', '}', ']':
		default:
			return nil
		}
		if _, err := f.w.skipLine(); err != nil {
			return err
		}
	}
}

// unfinished is a record that the end of the stream leaves open. Where further
// records start behind it, or its line is whole, that one record is bad;
// else the stream was cut.
func (f *jsonFrames) unfinished(line int64) (jsonFrame, bool, error) {
	data := f.w.data()
	i := bytes.IndexByte(data, '\n')
	switch {
	case i < 0:
		return jsonFrame{}, false, cutRecord(line)
	case bytes.Contains(data[i:], []byte("\n{")), bytes.Contains(data[i:], []byte("\n[")):
		return f.badRecord(line)
	case len(bytes.TrimSpace(data[i:])) == 0 && len(bytes.TrimSpace(data[:i])) > 1:
		return f.badRecord(line)
	}
	return jsonFrame{}, false, cutRecord(line)
}

func cutRecord(line int64) error {
	return &audience.SourceError{Cause: audience.CauseCut, Line: line, Message: "it ends in the middle of a record, so it was cut; export it again"}
}

// brokenEnd is a last record that is no JSON and has no line end.
func brokenEnd(line int64) error {
	return &audience.SourceError{Cause: audience.CauseCut, Line: line,
		Message: "it ends in the middle of a record, or with one that is no JSON, so it was cut or is damaged; export it again"}
}

// tooDeep skips a record whose brackets nest too deep at data[at].
func (f *jsonFrames) tooDeep(line int64, at int) (jsonFrame, bool, error) {
	oneLine := bytes.IndexByte(f.w.data()[:at], '\n') < 0
	if err := f.skipBrackets(line, oneLine); err != nil {
		return jsonFrame{}, false, err
	}
	return jsonFrame{line: line, broken: tooDeep}, true, nil
}

// tooLong skips a record that is longer than the bound, or enters the list of
// profiles that it holds.
func (f *jsonFrames) tooLong(line int64) (jsonFrame, bool, error) {
	if start, env, ok := findProfiles(f.w.data()); ok && len(f.stack) < maxContainers {
		f.enter(container{line: line, env: f.inherit(env), tail: unknownTail}, start+1)
		return jsonFrame{}, false, nil
	}
	oneLine := len(f.stack) == 0 && bytes.IndexByte(f.w.data(), '\n') < 0
	if err := f.skipBrackets(line, oneLine); err != nil {
		return jsonFrame{}, false, err
	}
	return jsonFrame{line: line, broken: tooLong}, true, nil
}

// badElement skips an entry of a list that is no JSON.
func (f *jsonFrames) badElement(line int64, v verdict) (jsonFrame, bool, error) {
	if err := f.skipBrackets(line, false); err != nil {
		return jsonFrame{}, false, err
	}
	c, err := f.w.skipSpace()
	if err != nil {
		return jsonFrame{}, false, f.ended(err)
	}
	if c != ',' && c != ']' {
		return jsonFrame{}, false, f.brokenList()
	}
	if v == scanDeep {
		return jsonFrame{line: line, broken: tooDeep}, true, nil
	}
	return jsonFrame{line: line, broken: notJSON, syntax: true}, true, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

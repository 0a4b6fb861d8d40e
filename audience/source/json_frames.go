package source

import (
	"bytes"
	"errors"
	"io"

	"audienceflow/audience/files"
	"audienceflow/audience/profile"
)

// maxContainers bounds lists within lists of profiles; the deepest shape in
// use is a list of audiences with their profiles.
const maxContainers = 4

// jsonFrame is one record of a JSON source: a profile, or what is none.
type jsonFrame struct {
	data []byte // valid until the next call of next
	line int64
	env  *profile.Envelope
	// broken says why the record is no profile; "" for a profile.
	broken string
	// syntax tells that it is not even JSON.
	syntax bool
	// listed tells that its list begins in the same line.
	listed bool
}

// container is a list of profiles that is being read.
type container struct {
	line  int64
	env   *profile.Envelope
	begun bool // an entry was read: a comma must follow
	// tail is what follows the list in its object: a number of bytes, or
	// unknown.
	tail int
}

const (
	noTail      = 0
	unknownTail = -1
)

// jsonFrames cuts a stream of JSON into records: one object, objects in lines
// or one behind another, lists of them, {"profiles": [...]}, aggregated by
// audience. A record that is broken costs its neighbours nothing.
type jsonFrames struct {
	w     *window
	stack []container
	begun bool
	comma bool // stands behind the record that was read last, which is in no list
	// shaped counts what is JSON but no record: lists, manifests.
	shaped int
}

// next gives the next record; io.EOF at a clean end, *SourceError otherwise.
func (f *jsonFrames) next() (jsonFrame, error) {
	if err := f.skipMark(); err != nil {
		return jsonFrame{}, err
	}
	for {
		c, err := f.w.skipSpace()
		if err != nil {
			return jsonFrame{}, f.ended(err)
		}
		frame, ok, err := f.step(c)
		if err != nil || ok {
			frame.listed = len(f.stack) > 0 && f.stack[len(f.stack)-1].line == frame.line
			return frame, err
		}
	}
}

// step reads one record, or enters or leaves a list (ok is false then).
func (f *jsonFrames) step(c byte) (frame jsonFrame, ok bool, err error) {
	if len(f.stack) == 0 {
		switch {
		case c == '[':
			f.enter(container{line: f.w.line}, 1)
			return jsonFrame{}, false, nil
		case c == ',' && f.comma:
			f.comma = false
			f.w.advance(1)
			return jsonFrame{}, false, nil
		case c == utf8Mark[0] && f.markAhead(): // files were joined
			f.w.advance(len(utf8Mark))
			return jsonFrame{}, false, nil
		}
		return f.topRecord(c)
	}
	top := &f.stack[len(f.stack)-1]
	switch {
	case c == ']':
		return jsonFrame{}, false, f.leave()
	case !top.begun:
		return f.element(c)
	case c != ',':
		return jsonFrame{}, false, f.brokenList()
	}
	f.w.advance(1)
	if c, err = f.w.skipSpace(); err != nil {
		return jsonFrame{}, false, f.ended(err)
	}
	if c == ']' {
		return jsonFrame{}, false, f.leave()
	}
	return f.element(c)
}

// skipMark skips a byte order mark.
func (f *jsonFrames) skipMark() error {
	if f.begun {
		return nil
	}
	f.begun = true
	if err := f.w.more(); err != nil {
		return f.ended(err)
	}
	if bytes.HasPrefix(f.w.data(), utf8Mark) {
		f.w.advance(len(utf8Mark))
	}
	return nil
}

func (f *jsonFrames) markAhead() bool {
	for len(f.w.data()) < len(utf8Mark) && f.w.more() == nil { // an error comes again
	}
	return bytes.HasPrefix(f.w.data(), utf8Mark)
}

func (f *jsonFrames) enter(c container, skip int) {
	f.stack = append(f.stack, c)
	f.shaped++
	f.w.advance(skip)
}

// leave ends a list and skips what follows it in its object.
func (f *jsonFrames) leave() error {
	top := f.stack[len(f.stack)-1]
	f.stack = f.stack[:len(f.stack)-1]
	f.w.advance(1)
	if top.tail != unknownTail {
		f.w.advance(top.tail)
		return nil
	}
	return f.skipTail(top)
}

// scan scans the value at the front, reading on until it is whole.
func (f *jsonFrames) scan() (end int, v verdict, err error) {
	for {
		end, v = scanValue(f.w.data(), 0)
		if v != scanPartial {
			return end, v, nil
		}
		if err := f.w.more(); err != nil {
			return end, v, err
		}
	}
}

// topRecord reads a record that stands in no list.
func (f *jsonFrames) topRecord(c byte) (jsonFrame, bool, error) {
	if c != '{' {
		return f.badLine(f.w.line)
	}
	line := f.w.line
	end, v, err := f.scan()
	switch {
	case errors.Is(err, errTooLong):
		return f.tooLong(line)
	case errors.Is(err, io.EOF):
		return f.unfinished(line)
	case err != nil:
		return jsonFrame{}, false, err
	case v == scanDeep:
		return f.tooDeep(line, end)
	case v == scanBroken:
		return f.badRecord(line)
	}
	clean, err := f.cleanBehind(end)
	if err != nil {
		return jsonFrame{}, false, err
	}
	if !clean {
		return f.badRecord(line)
	}
	return f.record(end, line)
}

// cleanBehind tells whether nothing but a further record, or nothing, follows
// on the line at end. A comma may stand at its end, as between the entries of a
// list whose brackets are missing.
func (f *jsonFrames) cleanBehind(end int) (bool, error) {
	f.comma = false
	for {
		data := f.w.data()
		for ; end < len(data); end++ {
			switch c := data[end]; {
			case c == ' ', c == '\t', c == '\r':
			case c == '\n', !f.comma && (c == '{' || c == '['):
				return true, nil
			case c == ',' && !f.comma:
				f.comma = true
			default:
				f.comma = false
				return false, nil
			}
		}
		err := f.w.more()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, errTooLong):
			return true, nil
		case err != nil:
			return false, err
		}
	}
}

// record gives the object of that many bytes at the front, unless it is a
// manifest (skipped) or holds a list of profiles (entered).
func (f *jsonFrames) record(end int, line int64) (jsonFrame, bool, error) {
	data := f.w.data()[:end]
	if mayEnvelope(data) {
		if files.IsManifest(data) {
			f.shaped++
			f.w.advance(end)
			return jsonFrame{}, false, nil
		}
		if start, env, ok := findProfiles(data); ok && len(f.stack) < maxContainers {
			listEnd, _ := scanValue(data, start)
			f.enter(container{line: line, env: f.inherit(env), tail: end - listEnd}, start+1)
			return jsonFrame{}, false, nil
		}
	}
	frame := jsonFrame{data: data, line: line, env: f.inherit(nil)}
	f.w.advance(end)
	return frame, true, nil
}

// inherit gives the audience that a record is listed under.
func (f *jsonFrames) inherit(env *profile.Envelope) *profile.Envelope {
	if env == nil && len(f.stack) > 0 {
		return f.stack[len(f.stack)-1].env
	}
	return env
}

// element reads an entry of a list.
func (f *jsonFrames) element(c byte) (jsonFrame, bool, error) {
	f.stack[len(f.stack)-1].begun = true
	line := f.w.line
	end, v, err := f.scan()
	switch {
	case errors.Is(err, errTooLong):
		return f.tooLong(line)
	case errors.Is(err, io.EOF):
		return jsonFrame{}, false, f.cut()
	case err != nil:
		return jsonFrame{}, false, err
	case v != scanWhole:
		return f.badElement(line, v)
	case c != '{':
		f.w.advance(end)
		return jsonFrame{line: line, broken: noObject}, true, nil
	}
	return f.record(end, line)
}

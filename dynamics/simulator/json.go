package simulator

import (
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonLiteral is one JSON value as it stands in a payload. Text is unescaped; numbers, objects and
// arrays keep their bytes.
type jsonLiteral struct {
	kind literalKind
	raw  []byte
}

type literalKind uint8

const (
	literalNull literalKind = iota
	literalTrue
	literalFalse
	literalNumber
	literalText
	literalObject
	literalArray
)

var (
	errJSON     = errors.New("the payload is not JSON")
	errJSONDeep = errors.New("the payload is nested too deeply")
)

// maxDepth bounds nesting: no payload of this service needs more than a handful of levels.
const maxDepth = 64

// scanner reads JSON once, left to right. It copies nothing but text with escapes in it: at
// hundreds of thousands of rows a second a general decoder would be the bottleneck.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek gives the next byte that is not blank, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos == len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// end says whether nothing but blanks is left.
func (s *scanner) end() bool {
	s.space()
	return s.pos == len(s.data)
}

// members calls member for each name of an object; member must consume the value.
func (s *scanner) members(member func(name []byte) error) error {
	if !s.take('{') {
		return errJSON
	}
	if s.take('}') {
		return nil
	}
	for {
		if s.peek() != '"' {
			return errJSON
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return errJSON
		}
		if err := member(name); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take('}') {
			return nil
		}
		return errJSON
	}
}

// elements calls element for each value of an array; element must consume it.
func (s *scanner) elements(element func() error) error {
	if !s.take('[') {
		return errJSON
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take(']') {
			return nil
		}
		return errJSON
	}
}

func (s *scanner) value() (jsonLiteral, error) { return s.nested(0) }

func (s *scanner) nested(depth int) (jsonLiteral, error) {
	if depth > maxDepth {
		return jsonLiteral{}, errJSONDeep
	}
	switch c := s.peek(); {
	case c == '"':
		text, err := s.text()
		return jsonLiteral{literalText, text}, err
	case c == '{':
		start := s.pos
		err := s.members(func([]byte) error { _, err := s.nested(depth + 1); return err })
		return jsonLiteral{literalObject, s.data[start:s.pos]}, err
	case c == '[':
		start := s.pos
		err := s.elements(func() error { _, err := s.nested(depth + 1); return err })
		return jsonLiteral{literalArray, s.data[start:s.pos]}, err
	case c == 't':
		return jsonLiteral{kind: literalTrue}, s.word("true")
	case c == 'f':
		return jsonLiteral{kind: literalFalse}, s.word("false")
	case c == 'n':
		return jsonLiteral{kind: literalNull}, s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) word(w string) error {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return errJSON
	}
	s.pos += len(w)
	return nil
}

func (s *scanner) number() (jsonLiteral, error) {
	start := s.pos
	s.skip('-')
	if s.skip('0') {
		if s.digits() {
			return jsonLiteral{}, errJSON // no leading zeros
		}
	} else if !s.digits() {
		return jsonLiteral{}, errJSON
	}
	if s.skip('.') && !s.digits() {
		return jsonLiteral{}, errJSON
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('+') {
			s.skip('-')
		}
		if !s.digits() {
			return jsonLiteral{}, errJSON
		}
	}
	return jsonLiteral{literalNumber, s.data[start:s.pos]}, nil
}

func (s *scanner) skip(c byte) bool {
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// text reads a string. Without escapes the bytes given are the payload's own.
func (s *scanner) text() ([]byte, error) {
	s.pos++ // the opening quote, seen by the caller
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start : s.pos-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, errJSON
		default:
			s.pos++
		}
	}
	return nil, errJSON
}

func (s *scanner) escaped(start int) ([]byte, error) {
	out := append([]byte(nil), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			return out, nil
		case c < ' ':
			return nil, errJSON
		case c != '\\':
			out = append(out, c)
		default:
			var err error
			if out, err = s.escape(out); err != nil {
				return nil, err
			}
		}
	}
	return nil, errJSON
}

func (s *scanner) escape(out []byte) ([]byte, error) {
	if s.pos == len(s.data) {
		return nil, errJSON
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		return s.unicode(out)
	default:
		return nil, errJSON
	}
}

// unicode reads the four digits of \uXXXX, and the second half of a surrogate pair.
func (s *scanner) unicode(out []byte) ([]byte, error) {
	r, ok := s.hex4()
	if !ok {
		return nil, errJSON
	}
	if utf16.IsSurrogate(r) {
		back := s.pos
		if s.skip('\\') && s.skip('u') {
			if low, ok := s.hex4(); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return utf8.AppendRune(out, pair), nil
				}
			}
		}
		s.pos, r = back, utf8.RuneError
	}
	return utf8.AppendRune(out, r), nil
}

func (s *scanner) hex4() (rune, bool) {
	const digits, bits = 4, 4
	if len(s.data)-s.pos < digits {
		return 0, false
	}
	var r rune
	for _, c := range s.data[s.pos : s.pos+digits] {
		n := hexDigit(c)
		if n < 0 {
			return 0, false
		}
		r = r<<bits | rune(n)
	}
	s.pos += digits
	return r, true
}

package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"audienceflow/store/sqldb"
)

func appendWord(to []byte, word *string) []byte {
	if word == nil {
		return append(to, "null"...)
	}
	return appendString(to, *word)
}

func appendNumber(to []byte, number int64) []byte {
	return strconv.AppendInt(append(to, ','), number, 10)
}

// appendString writes a JSON string; nearly all are GUIDs and names, which need no escapes.
func appendString(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return gjson.AppendJSONString(to, text)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

// scanner reads what appendTo has written; what it gives shares the text's memory. A general parser
// of JSON takes several times as long, and this is most of what planning and reading back cost.
type scanner struct {
	text string
	at   int
	bad  bool
	last *string // word
}

// err says that the leaf cannot be read.
func (s *scanner) err() error {
	if !s.bad {
		return nil
	}
	return &sqldb.Damaged{What: fmt.Sprintf("a leaf of the ledger, at character %d,", s.at)}
}

// next tells whether a character follows.
func (s *scanner) next(c byte) bool { return s.at < len(s.text) && s.text[s.at] == c }

func (s *scanner) pass(c byte) {
	if !s.next(c) {
		s.bad = true
		return
	}
	s.at++
}

func (s *scanner) null() bool {
	found := strings.HasPrefix(s.text[s.at:], "null")
	if found {
		s.at += len("null")
	}
	return found
}

// number takes a comma and a number.
func (s *scanner) number() int64 {
	s.pass(',')
	from := s.at
	for s.at < len(s.text) && (s.text[s.at] == '-' || '0' <= s.text[s.at] && s.text[s.at] <= '9') {
		s.at++
	}
	n, err := strconv.ParseInt(s.text[from:s.at], 10, 64)
	s.bad = s.bad || err != nil
	return n
}

func (s *scanner) string() string {
	from := s.at
	escaped := s.quoted()
	switch {
	case s.bad:
		return ""
	case escaped:
		return gjson.Parse(s.text[from:s.at]).String()
	}
	return s.text[from+1 : s.at-1]
}

// word takes a string of which there are few, or null: the same one again costs nothing.
func (s *scanner) word() *string {
	if s.null() {
		return nil
	}
	if word := s.string(); s.last == nil || *s.last != word {
		word = strings.Clone(word)
		s.last = &word
	}
	return s.last
}

// quoted passes a string.
func (s *scanner) quoted() (escaped bool) {
	s.pass('"')
	for !s.bad {
		end := strings.IndexByte(s.text[s.at:], '"')
		if end < 0 {
			s.bad = true
			break
		}
		backslash := strings.IndexByte(s.text[s.at:s.at+end], '\\')
		if backslash < 0 {
			s.at += end + 1
			break
		}
		escaped = true
		s.at += backslash + 2 // and what it stands before
	}
	return escaped
}

// object takes an object of strings, numbers and nulls as it stands.
func (s *scanner) object() string {
	from := s.at
	s.pass('{')
	for !s.bad && !s.next('}') {
		switch {
		case s.at == len(s.text):
			s.bad = true
		case s.text[s.at] == '"':
			s.quoted()
		default:
			s.at++
		}
	}
	s.pass('}')
	if s.bad {
		return ""
	}
	return s.text[from:s.at]
}

package simulator

import (
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendQuoted writes s as a JSON string in pure ASCII: clients that split multipart answers as
// bytes in some other encoding then still read it rightly.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		r, size := utf8.DecodeRuneInString(s[i:])
		b = appendEscape(b, r)
		i += size
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendUnicode(appendUnicode(b, high), low)
	}
	return appendUnicode(b, r)
}

func appendUnicode(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

// object is a JSON object that keeps the order of its members, as metadata answers do.
type object []jsonMember

type jsonMember struct {
	name  string
	value any
}

func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// appendAny writes what metadata and errors are made of: objects, lists, texts, numbers, booleans
// and nil.
func appendAny(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendQuoted(b, v)
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuoted(b, m.name)
			b = append(b, ':')
			b = appendAny(b, m.value)
		}
		return append(b, '}')
	case []object:
		return appendList(b, len(v), func(b []byte, i int) []byte { return appendAny(b, v[i]) })
	case []string:
		return appendList(b, len(v), func(b []byte, i int) []byte { return appendQuoted(b, v[i]) })
	case json.RawMessage:
		return append(b, v...)
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			return append(b, "null"...) // only numbers and booleans come here, and those always encode
		}
		return append(b, encoded...)
	}
}

func appendList(b []byte, n int, element func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(b, i)
	}
	return append(b, ']')
}

package audience

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// TrimBlank takes away what nobody sees around a text: blanks of any kind, and
// the characters of no width that copying from pages and documents leaves.
func TrimBlank(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || text[0] < utf8.RuneSelf && text[len(text)-1] < utf8.RuneSelf {
		return text
	}
	return strings.TrimFunc(text, isInvisible)
}

func isInvisible(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r)
}

package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes one indented document. What a terminal would obey is escaped, which JSON may do with
// any character.
func JSON(out io.Writer, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := out.Write(escapeJSON(text.Bytes()))
	return err
}

// escapeJSON escapes what cannot be seen: the encoder leaves all of it as it is but the signs below
// the blank.
func escapeJSON(document []byte) []byte {
	hidden := func(r rune) bool { return r >= utf8.RuneSelf-1 && !unicode.IsGraphic(r) }
	if bytes.IndexFunc(document, hidden) < 0 {
		return document
	}
	escaped := make([]byte, 0, len(document)+len(document)/8)
	for _, r := range string(document) {
		switch {
		case !hidden(r):
			escaped = utf8.AppendRune(escaped, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		default:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
	}
	return escaped
}

// OneOrAll writes the one document that a file with one audience gives, or a list of them.
func OneOrAll[T any](out io.Writer, documents []T) error {
	if len(documents) == 1 {
		return JSON(out, documents[0])
	}
	return JSON(out, documents)
}

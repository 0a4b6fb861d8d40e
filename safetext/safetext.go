// Package safetext makes words of others harmless where they are printed: words of Dynamics, of a
// source or of a database may hold what a terminal obeys or a spreadsheet executes.
package safetext

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is a text on one line, in which everything that cannot be seen is made visible: line ends,
// escapes of terminals, signs that turn the direction of writing, bytes that are no text.
func Line(text string) string { return visible(text, "") }

// Lines is Line for a text of several lines.
func Lines(text string) string { return visible(text, "\n") }

func visible(text, kept string) string {
	safe := func(r rune) bool { return unicode.IsGraphic(r) && r != utf8.RuneError || strings.ContainsRune(kept, r) }
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !safe(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		one := text[:size]
		text = text[size:]
		switch {
		case safe(r), r == utf8.RuneError && size > 1:
			b.WriteString(one)
		default:
			quoted := strconv.QuoteToASCII(one)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// formula are the signs by which spreadsheets know a formula: some take the wide forms for them as
// well.
const formula = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"

// Cell is a text as it stands in a CSV file that people open: a spreadsheet takes it for text, an
// apostrophe before it if need be, and nothing in it is invisible.
func Cell(text string) string {
	if begins(text) {
		return "'" + Line(text)
	}
	return Line(text)
}

// Uncell takes away the apostrophe that Cell has put before a text.
func Uncell(cell string) string {
	if text, ok := strings.CutPrefix(cell, "'"); ok && begins(text) {
		return text
	}
	return cell
}

// begins reports whether a text begins as a formula does. Apostrophes before that count too, so
// that Uncell can tell them from the one of Cell.
func begins(text string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return r != utf8.RuneError && strings.ContainsRune(formula, r)
}

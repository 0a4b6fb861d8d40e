package terminal

import (
	"strings"
	"unicode/utf8"

	"audienceflow/safetext"
)

// Width is that of a terminal which nobody has widened: what is printed for people fits it.
const Width = 80

// Wrap breaks a text into lines that fit behind an indent. A word that is longer than a line stays
// whole.
func Wrap(text string, indent int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(safetext.Line(text)) {
		if line != "" && indent+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > Width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

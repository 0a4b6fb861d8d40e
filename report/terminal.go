package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"audienceflow/safetext"
)

// Terminal prints the sheet for people at a terminal: one fact a line, whatever is in it. Words by
// which a run, or a validation, stands go through paint.
func (s Sheet) Terminal(out io.Writer, paint func(word string) string) error {
	_, err := io.WriteString(out, s.painted(paint))
	return err
}

func (s Sheet) text() string { return s.painted(func(word string) string { return word }) }

func (s Sheet) painted(paint func(word string) string) string {
	var text strings.Builder
	printLines(&text, s.lines(), paint)
	for _, hint := range s.Hints {
		fmt.Fprintf(&text, "\n%s\n", safetext.Line(hint))
	}
	if len(s.Next) > 0 {
		text.WriteByte('\n')
	}
	for _, step := range s.Next {
		fmt.Fprintf(&text, "%s: %s\n", step.What, safetext.Line(step.Command))
	}
	return text.String()
}

// lines are all facts in the order of the terminal.
func (s Sheet) lines() []Line {
	all := append([]Line{}, s.About...)
	all = append(all, s.Numbers...)
	if len(s.Reasons) > 0 {
		all = append(all, Line{Name: "reasons", Text: "of the excluded and failed rows:"})
	}
	all = append(all, s.Reasons...)
	all = append(all, s.Beside...)
	for _, note := range s.Notes {
		all = append(all, Line{Name: "note", Text: note})
	}
	all = append(all, s.Outlook...)
	all = append(all, s.Times...)
	return append(all, s.Verdict...)
}

// gap is the room between names and texts.
const gap = 2

func printLines(text *strings.Builder, lines []Line, paint func(word string) string) {
	width := 0
	for i, line := range lines {
		lines[i].Name = safetext.Line(line.Name)
		if line.Part {
			lines[i].Name = "  " + lines[i].Name
		}
		width = max(width, utf8.RuneCountInString(lines[i].Name))
	}
	for _, line := range lines {
		room := strings.Repeat(" ", width-utf8.RuneCountInString(line.Name)+gap)
		shown := safetext.Line(line.Text)
		if line.Word != "" {
			if rest, ok := strings.CutPrefix(shown, line.Word); ok {
				shown = paint(line.Word) + rest
			}
		}
		fmt.Fprintf(text, "%s%s%s\n", line.Name, room, shown)
	}
}

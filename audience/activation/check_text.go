package activation

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known where the system has none, as in a container

	"go.yaml.in/yaml/v3"

	"audienceflow/audience"
)

// draftText is what a source says of its text: CSV's dialect, encoding, times.
type draftText struct {
	delimiter, encoding, escape, timeFormat, timeZone text
	nullText                                          []text
	nullTextLine                                      int
}

const automatic = "auto"

// delimiters are the names of characters that separate columns.
var delimiters = map[string]string{
	"comma": ",", "semicolon": ";", "tab": "\t", `\t`: "\t", "pipe": "|", "colon": ":", "space": " ",
	"unit separator": "\x1f", `\u001f`: "\x1f", `\x1f`: "\x1f",
}

// escapes are the names of characters that stand before a quote in a quoted value.
var escapes = map[string]string{
	`\`: audience.EscapeBackslash, audience.EscapeBackslash: audience.EscapeBackslash,
	`'`: audience.EscapeApostrophe, audience.EscapeApostrophe: audience.EscapeApostrophe,
	`"`: audience.EscapeDoubled, audience.EscapeDoubled: audience.EscapeDoubled,
}

// textFields reads the keys of a source that say how its text is written.
func (d *fileReader) textFields(to *draftText) map[string]field {
	return map[string]field{
		"delimiter":  d.delimiter(&to.delimiter),
		"encoding":   d.text(&to.encoding, "source.encoding"),
		"escape":     d.text(&to.escape, "source.escape"),
		"timeFormat": d.text(&to.timeFormat, "source.timeFormat"),
		"timeZone":   d.text(&to.timeZone, "source.timeZone"),
		"nullText": func(n *yaml.Node) {
			to.nullText, to.nullTextLine = nil, n.Line
			word := func(n *yaml.Node) {
				var one text
				d.text(&one, "an entry of source.nullText")(n)
				to.nullText = append(to.nullText, one)
			}
			if n.Kind == yaml.ScalarNode {
				word(n)
				return
			}
			d.list("source.nullText", word)(n)
		},
	}
}

// delimiter reads one character, which may be a blank, or its name.
func (d *fileReader) delimiter(to *text) field {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			d.wrongKind(n, "source.delimiter", "one character")
			return
		}
		value := n.Value
		if len(value) > 1 {
			value = strings.ToLower(strings.TrimSpace(value))
		}
		if named, ok := delimiters[value]; ok {
			value = named
		}
		if value != automatic && !usableDelimiter(value) {
			d.problems.add(n.Line, "source.delimiter must be auto or one character that stands in no value: comma, semicolon, tab, pipe, colon, "+
				"unit separator, or the character itself")
			return
		}
		*to = text{value: value, line: n.Line}
	}
}

func usableDelimiter(s string) bool {
	if len(s) != 1 || s[0] >= 0x7f || strings.ContainsAny(s, "\"\r\n\x00") {
		return false
	}
	c := s[0] | 0x20
	return (c < 'a' || c > 'z') && (s[0] < '0' || s[0] > '9')
}

// checkText checks how a source's text is written, as far as it has any.
func (d *fileReader) checkText(f *draft, s *audience.Source) {
	t := &f.textKeys
	table := s.Format == audience.FormatAuto || s.Format == audience.FormatCSV
	if !table {
		const why = "belongs to CSV files; leave it out here"
		d.notWith(t.delimiter, "source.delimiter", why)
		d.notWith(t.escape, "source.escape", why)
		d.notWith(text{line: t.nullTextLine}, "source.nullText", why)
	}
	if !table && s.Format != audience.FormatAEPJSON {
		d.notWith(t.encoding, "source.encoding", "belongs to CSV and JSON files; leave it out here")
	}
	if t.delimiter.value != automatic {
		s.Delimiter = t.delimiter.value
	}
	s.Escape = d.escape(t.escape)
	s.Encoding = d.encoding(t.encoding)
	if t.nullTextLine > 0 {
		s.NullText = []string{}
		for _, word := range t.nullText {
			s.NullText = append(s.NullText, word.value)
		}
	}
	s.TimeFormat = d.timeFormat(t.timeFormat)
	s.TimeZone = d.timeZone(t.timeZone)
}

func (d *fileReader) escape(t text) string {
	if !t.given() || t.value == automatic {
		return ""
	}
	named, ok := escapes[strings.ToLower(t.value)]
	if !ok {
		d.problems.add(t.line, `source.escape must be auto, doubled ("" in a quoted value), backslash (\") or apostrophe ('")`)
	}
	return named
}

func (d *fileReader) encoding(t text) string {
	if !t.given() || t.value == automatic {
		return ""
	}
	names := []string{audience.EncodingUTF8, audience.EncodingUTF16, audience.EncodingWindows1252}
	name := strings.ToLower(t.value)
	if !slices.Contains(names, name) {
		d.problems.add(t.line, "source.encoding must be auto, utf-8, utf-16 or windows-1252; %s", didYouMean(name, names))
	}
	return name
}

// timeFormat checks that a layout tells times apart: two that differ in each of
// its parts are written in two ways, and each is read as what it is.
func (d *fileReader) timeFormat(t text) string {
	if !t.given() {
		return ""
	}
	for _, at := range []time.Time{time.Date(2031, 12, 27, 22, 48, 59, 0, time.UTC), time.Date(2018, 3, 4, 5, 6, 7, 0, time.UTC)} {
		read, err := time.Parse(t.value, at.Format(t.value))
		if err != nil || !sameDay(read, at) {
			d.problems.add(t.line, "source.timeFormat must write 2 January 2006, 15:04:05, as the source would, with year, month and day, "+
				"such as 02.01.2006 15:04 or 1/2/2006 3:04 PM")
			break
		}
	}
	return t.value
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

func (d *fileReader) timeZone(t text) string {
	if !t.given() {
		return ""
	}
	if _, err := time.LoadLocation(t.value); err != nil || strings.EqualFold(t.value, "local") {
		d.problems.add(t.line, "source.timeZone must be a zone's name, such as Europe/Berlin or UTC")
	}
	return t.value
}

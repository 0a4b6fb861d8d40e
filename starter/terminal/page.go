package terminal

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Page is a terminal of a width: a line that is longer goes on below, behind the column where its
// text began. No word is lost or cut.
type Page struct {
	out   io.Writer
	width int
	open  strings.Builder // a line that has not ended yet
}

// NewPage makes a page of so many columns.
func NewPage(out io.Writer, width int) *Page { return &Page{out: out, width: width} }

// Write takes text, and prints the lines that have ended.
func (p *Page) Write(text []byte) (int, error) {
	rest := string(text)
	for {
		line, after, ended := strings.Cut(rest, "\n")
		p.open.WriteString(line)
		if !ended {
			return len(text), nil
		}
		whole := p.open.String()
		p.open.Reset()
		if _, err := io.WriteString(p.out, Fit(whole, p.width)+"\n"); err != nil {
			return 0, err
		}
		rest = after
	}
}

// Close prints what no line end has followed.
func (p *Page) Close() error {
	if p.open.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(p.out, Fit(p.open.String(), p.width))
	p.open.Reset()
	return err
}

// Fit breaks a line into several that fit a width. A word that is longer stays whole, and so does a
// command that fits a line.
func Fit(line string, width int) string {
	if columns(line) <= width {
		return line
	}
	indent := hang(line)
	if indent > width/2 {
		indent = 2
	}
	words := breakable(strings.TrimLeft(line, " "), width-indent)
	var text strings.Builder
	at := columns(line) - columns(strings.TrimLeft(line, " "))
	text.WriteString(strings.Repeat(" ", at))
	for i, word := range words {
		size := columns(word.text)
		switch {
		case i == 0:
		case at+word.gap+size > width:
			text.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			text.WriteString(strings.Repeat(" ", word.gap))
			at += word.gap
		}
		text.WriteString(word.text)
		at += size
	}
	return text.String()
}

// word is what stays together, and the room before it.
type word struct {
	text string
	gap  int
}

// breakable are the words of a line, those of a command that fits a line as one.
func breakable(line string, room int) []word {
	var words []word
	command := -1 // where a command begins that has not ended
	gap := 0
	for _, text := range strings.Split(line, " ") {
		if text == "" {
			gap++
			continue
		}
		if command >= 0 && columns(words[command].text)+gap+columns(text) <= room {
			words[command].text += strings.Repeat(" ", gap) + text
		} else {
			words = append(words, word{text, gap})
			command = -1
		}
		switch plain := strings.TrimLeft(text, `"(`); {
		case plain == program:
			command = len(words) - 1
		case strings.ContainsAny(text, `"),;`) || strings.HasSuffix(text, ":"):
			command = -1
		}
		gap = 1
	}
	return words
}

// program begins the commands that people are told to use.
const program = "starter"

// hang is where the text of a line begins: after a name and the gap behind it or, where there is
// none, a little behind the line.
func hang(line string) int {
	lead := columns(line) - columns(strings.TrimLeft(line, " "))
	rest := strings.TrimLeft(line, " ")
	if gap := strings.Index(rest, "  "); gap >= 0 {
		text := strings.TrimLeft(rest[gap:], " ")
		return columns(line) - columns(text)
	}
	return lead + 2
}

// columns is how wide a text is: colours take no room.
func columns(text string) int {
	width := 0
	for {
		escape := strings.Index(text, "\x1b[")
		if escape < 0 {
			return width + utf8.RuneCountInString(text)
		}
		width += utf8.RuneCountInString(text[:escape])
		end := strings.IndexByte(text[escape:], 'm')
		if end < 0 {
			return width
		}
		text = text[escape+end+1:]
	}
}

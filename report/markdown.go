package report

import (
	"fmt"
	"strings"

	"audienceflow/safetext"
)

// Markdown is the sheet as Temporal's UI shows it, for someone who has never read the code.
func (s Sheet) Markdown() string {
	var text strings.Builder
	text.WriteString(list(s.About))
	if len(s.Numbers) > 0 {
		text.WriteString("\n" + table("rows", s.Numbers))
	}
	if len(s.Reasons) > 0 {
		text.WriteString("\n" + table("rows excluded or failed", s.Reasons))
	}
	for _, facts := range [][]Line{s.Beside, s.Outlook, s.Times, s.Verdict} {
		if len(facts) > 0 {
			text.WriteString("\n" + list(facts))
		}
	}
	for _, note := range s.Notes {
		text.WriteString("\n> " + plain(note) + "\n")
	}
	for _, hint := range s.Hints {
		text.WriteString("\n" + plain(hint) + "\n")
	}
	if len(s.Next) > 0 {
		text.WriteString("\n")
	}
	text.WriteString(steps(s.Next))
	return text.String()
}

func steps(ways []Step) string {
	var text strings.Builder
	for _, step := range ways {
		text.WriteString(fmt.Sprintf("* %s: %s\n", step.What, code(step.Command)))
	}
	return text.String()
}

func list(lines []Line) string {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(fmt.Sprintf("* **%s**: %s\n", plain(line.Name), plain(line.Text)))
	}
	return text.String()
}

func table(title string, lines []Line) string {
	var text strings.Builder
	text.WriteString(fmt.Sprintf("| | %s |\n|:--|:--|\n", title))
	for _, line := range lines {
		name, value := plain(line.Name), plain(line.Text)
		if !line.Part {
			name, value = "**"+name+"**", "**"+value+"**"
		}
		text.WriteString(fmt.Sprintf("| %s | %s |\n", name, value))
	}
	return text.String()
}

// plain keeps words of others from being taken for Markdown, HTML or the end of a cell.
func plain(text string) string { return markup.Replace(safetext.Line(text)) }

var markup = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "|", `\|`)

func code(text string) string { return "`" + strings.ReplaceAll(safetext.Line(text), "`", "'") + "`" }

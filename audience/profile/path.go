package profile

import (
	"errors"
	"strings"
)

// maxPathSteps bounds how deep a path may go; XDM goes about ten deep.
const maxPathSteps = 64

// XDMPrefix may stand before any key of a profile and means nothing.
const XDMPrefix = "xdm:"

// fieldPath is a way into a profile: person.name.firstName, emails[0].address. A
// backslash takes a dot or bracket literally.
type fieldPath struct {
	text  string
	steps []string
}

// ParsePath reads a dotted path of a profile's fields; its error says what is wrong with it.
func ParsePath(text string) (fieldPath, error) {
	p := fieldPath{text: text}
	var step strings.Builder
	closeStep := func() {
		p.steps = append(p.steps, strings.TrimPrefix(step.String(), XDMPrefix))
		step.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			step.WriteByte(text[i])
		case c == '.':
			closeStep()
		case c == '[':
			end := strings.IndexByte(text[i:], ']')
			if end < 2 || !isIndex(text[i+1:i+end]) || step.Len() == 0 {
				return p, errors.New("a path's [ ] must hold the number of an entry, such as emails[0].address")
			}
			closeStep()
			step.WriteString(text[i+1 : i+end])
			i += end
		default:
			step.WriteByte(c)
		}
	}
	closeStep()
	for _, s := range p.steps {
		if s == "" {
			return p, errors.New("a path must be names with single dots between them, such as person.name.firstName")
		}
	}
	if len(p.steps) > maxPathSteps {
		return p, errors.New("the path goes too deep")
	}
	return p, nil
}

func isIndex(s string) bool {
	if s == "" || len(s) > 6 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

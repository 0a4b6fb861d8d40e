package profile

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// maxSeenDepth bounds how deep fields are looked for; XDM goes about ten deep.
const maxSeenDepth = 12

// fieldsOf keeps the paths of the fields that a profile has.
func (s *Seen) fieldsOf(p Profile) {
	for _, m := range p.Members {
		if m.key != membershipKey && m.key != SegmentsKey && !looksLikeData(m.key) {
			s.fieldsIn(escapeStep(m.key), m.value, 1)
		}
	}
}

// fieldsIn keeps the path of a plain value, or those of the values in an object
// or a list, whose first entry stands for all. Keys that are data are no fields.
func (s *Seen) fieldsIn(path string, value gjson.Result, depth int) {
	if len(s.paths) >= maxNames || depth > maxSeenDepth || len(path) > maxShownName {
		return
	}
	switch {
	case depth == 2 && strings.HasPrefix(path, identityMapKey+"."):
		s.path(path) // an identity namespace
	case value.IsObject():
		value.ForEach(func(key, value gjson.Result) bool {
			if name := strings.TrimPrefix(key.Str, XDMPrefix); !looksLikeData(name) {
				s.fieldsIn(path+"."+escapeStep(name), value, depth+1)
			}
			return true
		})
	case value.IsArray():
		value.ForEach(func(_, first gjson.Result) bool {
			s.fieldsIn(path+"[0]", first, depth+1)
			return false
		})
	default:
		s.path(path)
	}
}

func (s *Seen) path(path string) {
	if s.having[path]++; s.having[path] == 1 {
		s.paths = append(s.paths, path)
	}
}

// common tells the name of a field from a key that is data: half of ten records
// or more have it.
func (s *Seen) common(path string) bool {
	return s.looked >= 10 && 2*s.having[path] >= s.looked
}

// escapeStep writes a key as a step of a path.
func escapeStep(key string) string {
	return stepEscaper.Replace(key)
}

var stepEscaper = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `[`, `\[`)

// near gives the field that records have and that is most like a path: one whose
// last name is the same, or like it, below the same names or elsewhere.
func (s *Seen) near(l lookup) string {
	text := strings.TrimPrefix(l.way.text, XDMPrefix)
	before, last := splitLast(text)
	var beside, names, paths []string
	for _, path := range s.paths {
		parent, name := splitLast(path)
		switch {
		case strings.EqualFold(parent, before):
			beside = append(beside, name)
		case s.common(path):
			names, paths = append(names, name), append(paths, path)
		}
	}
	near := audience.Nearest(last, beside)
	if near != "" {
		near = strings.TrimPrefix(before+"."+near, ".")
	} else if name := audience.Nearest(last, names); name != "" {
		near = paths[slices.Index(names, name)]
	}
	return audience.ShownText(near)
}

// splitLast cuts the last name of a path off.
func splitLast(path string) (before, last string) {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' && path[i-1] != '\\' {
			return path[:i], path[i+1:]
		}
	}
	return "", path
}

// knownLayouts are the forms of times that are tried on those that cannot be
// read. Day first stands before month first.
var knownLayouts = layouts()

func layouts() []string {
	var all []string
	for _, date := range []string{"2006-01-02", "02.01.2006", "2.1.2006", "02/01/2006", "01/02/2006", "1/2/2006", "2006/01/02", "02-01-2006",
		"02-Jan-2006", "2-Jan-2006", "2 Jan 2006", "Jan 2, 2006", "02.01.06", "1/2/06", "20060102"} {
		for _, clock := range []string{"", " 15:04:05", " 15:04", "T15:04:05", "T15:04", " 3:04:05 PM", " 3:04 PM"} {
			all = append(all, date+clock)
		}
	}
	return append(all, time.RFC1123, time.RFC1123Z, time.UnixDate)
}

// readableWith gives the layouts with which a text can be read.
func readableWith(layouts []string, text string) []string {
	text = audience.TrimBlank(text)
	var able []string
	for _, layout := range layouts {
		if _, err := time.Parse(layout, text); err == nil {
			able = append(able, layout)
		}
	}
	return able
}

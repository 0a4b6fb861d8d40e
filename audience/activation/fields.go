package activation

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"audienceflow/audience"
)

// maxTextLength bounds a value of an activation file; queries and
// descriptions are the longest that make sense.
const maxTextLength = 64 << 10

// text is a value with the line it stands on; line 0 means not given.
type text struct {
	value string
	line  int
}

func (t text) given() bool { return t.line > 0 }

// or gives the value, or another when it is not given.
func (t text) or(other string) string {
	if t.given() {
		return t.value
	}
	return other
}

// maxProblems is where a file counts as beyond repair: nobody reads more, and
// a hostile file costs no more than this.
const maxProblems = 100

// field reads the value of one key.
type field func(*yaml.Node)

// mapping reads node key by key. Order of names is the order in messages.
func (d *fileReader) mapping(node *yaml.Node, where string, names []string, fields map[string]field) {
	if node.Kind != yaml.MappingNode {
		d.wrongKind(node, where, "keys and values")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if len(d.problems.Problems) >= maxProblems {
			return
		}
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.problems.add(key.Line, "a key must be a plain word")
			continue
		}
		name := key.Value
		read, known := fields[name]
		if !known {
			d.unknownKey(key, where, names)
			continue
		}
		if first, twice := seen[name]; twice {
			d.problems.add(key.Line, "%s is given twice, first in line %d; keep one", inside(where, name), first)
			continue
		}
		seen[name] = key.Line
		if !isNull(value) {
			read(value)
		}
	}
}

// unknownKey names the key and the nearest one that exists, here or elsewhere.
func (d *fileReader) unknownKey(key *yaml.Node, where string, names []string) {
	name := printable(key.Value)
	if name == "<<" {
		d.problems.add(key.Line, "merging with << is not supported; write the values out")
		return
	}
	if audience.Nearest(name, names) == "" {
		for _, other := range keyPlaces {
			if other.where != where && audience.Nearest(name, other.names) != "" {
				d.problems.add(key.Line, "unknown key %s; did you mean %s?", inside(where, name), inside(other.where, audience.Nearest(name, other.names)))
				return
			}
		}
	}
	d.problems.add(key.Line, "unknown key %s; %s", inside(where, name), didYouMean(name, names))
}

// text reads a plain value; numbers and booleans keep their literal text, so
// that an id such as 0123 or 1e5 stays what it is.
func (d *fileReader) text(to *text, what string) field {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			d.wrongKind(n, what, "one value")
			return
		}
		value := strings.TrimSpace(n.Value)
		switch {
		case value == "":
			d.problems.add(n.Line, "%s is blank; give a value or leave the key out", what)
		case len(value) > maxTextLength:
			d.problems.add(n.Line, "%s is longer than %d characters", what, maxTextLength)
		case strings.ContainsFunc(value, isControl):
			d.problems.add(n.Line, "%s holds a control character; write plain text", what)
		default:
			*to = text{value: value, line: n.Line}
		}
	}
}

// truth reads true or false.
func (d *fileReader) truth(to *bool, what string) field {
	return func(n *yaml.Node) {
		value, err := strconv.ParseBool(strings.ToLower(n.Value))
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || err != nil {
			d.wrongKind(n, what, "true or false")
			return
		}
		*to = value
	}
}

// share reads a number from 0 to 1.
func (d *fileReader) share(to *float64, what string) field {
	return func(n *yaml.Node) {
		value, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(value) || value < 0 || value > 1 {
			d.wrongKind(n, what, "a number from 0 to 1, such as 0.05 for five percent")
			return
		}
		*to = value
	}
}

// list reads each entry of a list.
func (d *fileReader) list(what string, each field) field {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			d.wrongKind(n, what, "a list, each entry on a line of its own behind a dash")
			return
		}
		for _, entry := range n.Content {
			if len(d.problems.Problems) >= maxProblems {
				return
			}
			each(entry)
		}
	}
}

func (d *fileReader) wrongKind(n *yaml.Node, what, want string) {
	if what == "" {
		what = "this"
	}
	if n.Kind == yaml.AliasNode {
		d.problems.add(n.Line, "%s refers to an anchor (*), which is not supported; write the value out", what)
		return
	}
	d.problems.add(n.Line, "%s must be %s", what, want)
}

// inside names a key below another: source.url.
func inside(where, name string) string {
	if where == "" {
		return name
	}
	return where + "." + name
}

func isControl(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
}

// maxShownKey keeps a message on one line.
const maxShownKey = 40

// printable makes a key fit to be shown in a message of one line.
func printable(key string) string {
	shown := []rune(key)
	if len(shown) > maxShownKey {
		shown = append(shown[:maxShownKey], '…')
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, string(shown))
}

// didYouMean is the end of a message: the nearest known word, or all of them.
func didYouMean(word string, known []string) string {
	if near := audience.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "known here: " + strings.Join(known, ", ")
}

package activation

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlLine finds the line in the YAML library's messages.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parseYAML gives the file's top mapping, or nil with the problems noted.
func parseYAML(data []byte, problems *FileError) *yaml.Node {
	if len(data) > maxFileBytes {
		problems.add(0, "the file is larger than %d KiB, so it is no activation file", maxFileBytes>>10)
		return nil
	}
	if at := firstUnreadable(data); at >= 0 {
		problems.add(1+bytes.Count(data[:at], []byte{'\n'}), "the file holds a byte that is no text; save it as UTF-8 text")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, further yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && isNull(document.Content[0]) {
		problems.add(1, "the file is empty; an activation needs at least destination, audience, mappingId and source")
		return nil
	}
	if err != nil {
		problems.yaml(err, data)
		return nil
	}
	if err := decoder.Decode(&further); !errors.Is(err, io.EOF) {
		if err != nil {
			problems.yaml(err, data)
			return nil
		}
		problems.add(further.Line, "the file holds a second document (---); use one file for each, or an audiences list")
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		problems.add(root.Line, "the file must hold keys and values, such as `destination: dynamics`")
		return nil
	}
	return root
}

// firstUnreadable finds the first NUL or byte that is no UTF-8, -1 for none.
func firstUnreadable(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// yaml notes a syntax error of the YAML library with its line.
func (e *FileError) yaml(err error, data []byte) {
	if line := indentedByTab(data); line > 0 {
		e.add(line, "this is not YAML: the line is indented with a tab; use spaces")
		return
	}
	text := err.Error()
	line := 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil {
			line = n
		}
		text = strings.TrimPrefix(text, m[0])
	}
	e.add(line, "this is not YAML: %s (a value with special characters such as : ? # * & must stand in quotes)", text)
}

// indentedByTab finds the first line with a tab before its text, 0 for none.
func indentedByTab(data []byte) int {
	for i, line := range bytes.Split(data, []byte{'\n'}) {
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if len(bytes.TrimSpace(line)) > 0 && bytes.ContainsRune(indent, '\t') {
			return i + 1
		}
	}
	return 0
}

func isNull(n *yaml.Node) bool {
	return n.Kind == 0 || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

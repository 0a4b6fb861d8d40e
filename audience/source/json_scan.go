package source

// maxDepth bounds nesting. XDM profiles nest about ten deep.
const maxDepth = 128

// verdict is how scanning a JSON value went.
type verdict int

const (
	scanWhole   verdict = iota
	scanPartial         // the data ends within the value
	scanBroken          // the value is no JSON
	scanDeep            // the value nests deeper than maxDepth
	scanUnsure          // a CSV row may be meant in several ways
)

// jsonScan checks one JSON value strictly, without building anything.
type jsonScan struct {
	data []byte
	at   int // where scanning stopped
	fail verdict
}

// scanValue scans the value that starts at data[from], a byte that is no white
// space, and gives where it ends, or where scanning could not go on.
func scanValue(data []byte, from int) (end int, v verdict) {
	s := jsonScan{data: data}
	end = s.value(from, 0)
	return s.result(end)
}

// scanTail scans the members of an object behind one of its values.
func scanTail(data []byte) (end int, v verdict) {
	s := jsonScan{data: data}
	end, done := s.next(s.space(0), '}')
	if !done {
		end = s.members(end, 1)
	}
	return s.result(end)
}

func (s *jsonScan) result(end int) (int, verdict) {
	if s.fail != scanWhole {
		return s.at, s.fail
	}
	return end, scanWhole
}

// stop notes why scanning cannot go on; it returns the end of the data so that
// every loop ends.
func (s *jsonScan) stop(at int, v verdict) int {
	if s.fail == scanWhole {
		s.fail, s.at = v, at
	}
	return len(s.data)
}

func (s *jsonScan) space(i int) int {
	for i < len(s.data) && isSpace(s.data[i]) {
		i++
	}
	return i
}

func (s *jsonScan) value(i, depth int) int {
	if i >= len(s.data) {
		return s.stop(i, scanPartial)
	}
	switch c := s.data[i]; {
	case c == '"':
		return s.text(i)
	case c == '{':
		return s.object(i, depth+1)
	case c == '[':
		return s.array(i, depth+1)
	case c == '-' || c >= '0' && c <= '9':
		return s.number(i)
	case c == 't':
		return s.word(i, "true")
	case c == 'f':
		return s.word(i, "false")
	case c == 'n':
		return s.word(i, "null")
	}
	return s.stop(i, scanBroken)
}

func (s *jsonScan) object(i, depth int) int {
	if depth > maxDepth {
		return s.stop(i, scanDeep)
	}
	i = s.space(i + 1)
	if i < len(s.data) && s.data[i] == '}' {
		return i + 1
	}
	return s.members(i, depth)
}

// members scans from a key to the object's end.
func (s *jsonScan) members(i, depth int) int {
	for s.fail == scanWhole {
		i = s.expect(i, '"')
		if s.fail != scanWhole {
			break
		}
		i = s.space(s.text(i))
		i = s.expect(i, ':')
		if s.fail != scanWhole {
			break
		}
		i = s.space(s.value(s.space(i+1), depth))
		var done bool
		if i, done = s.next(i, '}'); done {
			return i
		}
	}
	return len(s.data)
}

func (s *jsonScan) array(i, depth int) int {
	if depth > maxDepth {
		return s.stop(i, scanDeep)
	}
	i = s.space(i + 1)
	if i < len(s.data) && s.data[i] == ']' {
		return i + 1
	}
	for s.fail == scanWhole {
		i = s.space(s.value(i, depth))
		var done bool
		if i, done = s.next(i, ']'); done {
			return i
		}
	}
	return len(s.data)
}

// next moves behind a comma to the next entry, or behind the closing bracket.
func (s *jsonScan) next(i int, closing byte) (at int, done bool) {
	switch {
	case s.fail != scanWhole:
		return i, false
	case i >= len(s.data):
		return s.stop(i, scanPartial), false
	case s.data[i] == closing:
		return i + 1, true
	case s.data[i] == ',':
		return s.space(i + 1), false
	}
	return s.stop(i, scanBroken), false
}

func (s *jsonScan) expect(i int, c byte) int {
	switch {
	case s.fail != scanWhole:
		return i
	case i >= len(s.data):
		return s.stop(i, scanPartial)
	case s.data[i] != c:
		return s.stop(i, scanBroken)
	}
	return i
}

func (s *jsonScan) text(i int) int {
	data := s.data
	for i++; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return s.stop(i, scanBroken)
		case c == '\\':
			i++
			if i >= len(data) {
				return s.stop(i, scanPartial)
			}
			switch data[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					i++
					if i >= len(data) {
						return s.stop(i, scanPartial)
					}
					if !isHex(data[i]) {
						return s.stop(i, scanBroken)
					}
				}
			default:
				return s.stop(i, scanBroken)
			}
		}
	}
	return s.stop(i, scanPartial)
}

func (s *jsonScan) word(i int, word string) int {
	for k := 0; k < len(word); k++ {
		if i+k >= len(s.data) {
			return s.stop(i+k, scanPartial)
		}
		if s.data[i+k] != word[k] {
			return s.stop(i+k, scanBroken)
		}
	}
	return i + len(word)
}

func (s *jsonScan) number(i int) int {
	if s.data[i] == '-' {
		i++
	}
	if i < len(s.data) && s.data[i] == '0' {
		i++
	} else {
		i = s.digits(i)
	}
	if s.fail == scanWhole && i < len(s.data) && s.data[i] == '.' {
		i = s.digits(i + 1)
	}
	if s.fail == scanWhole && i < len(s.data) && (s.data[i] == 'e' || s.data[i] == 'E') {
		i++
		if i < len(s.data) && (s.data[i] == '+' || s.data[i] == '-') {
			i++
		}
		i = s.digits(i)
	}
	return i
}

// digits moves behind at least one digit.
func (s *jsonScan) digits(i int) int {
	first := i
	for i < len(s.data) && s.data[i] >= '0' && s.data[i] <= '9' {
		i++
	}
	switch {
	case i > first:
		return i
	case i >= len(s.data):
		return s.stop(i, scanPartial)
	}
	return s.stop(i, scanBroken)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

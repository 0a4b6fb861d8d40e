package simulator

import (
	"strings"
)

// node is a part of a $filter or $apply expression.
type node struct {
	op    string // and, or, not, eq, ne, gt, ge, lt, le; call; path; literal
	name  string // of the path or function
	args  []*node
	names []string // of named arguments, "" for plain ones
	lit   operand
}

// operand is a literal of an expression.
type operand struct {
	kind operandKind
	text string
	list []operand
}

type operandKind uint8

const (
	operandNull operandKind = iota
	operandText             // 'quoted' or "quoted"
	operandWord             // number, date, GUID, true, false: read by the column that it is compared with
	operandList
)

// maxFilterDepth bounds how deep an expression may nest.
const maxFilterDepth = 100

type expressionParser struct {
	text    string
	pos     int
	depth   int
	aliases map[string]string
}

// parseFilter reads a $filter. Aliases are the query's @name=value parameters.
func parseFilter(text string, aliases map[string]string) (*node, *apiError) {
	p := &expressionParser{text: text, aliases: aliases}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != 0 {
		return nil, p.syntax()
	}
	return n, nil
}

func (p *expressionParser) syntax() *apiError {
	return badRequest("Syntax error at position %d in '%s'.", min(p.pos, len(p.text)), p.text)
}

func (p *expressionParser) peek() byte {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *expressionParser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

// keyword takes an operator word that stands alone.
func (p *expressionParser) keyword(word string) bool {
	p.peek()
	rest := p.text[p.pos:]
	if !strings.HasPrefix(rest, word) || len(rest) > len(word) && isWord(rest[len(word)]) {
		return false
	}
	p.pos += len(word)
	return true
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 ||
		strings.IndexByte("_./:+-@$*", c) >= 0
}

func (p *expressionParser) word() string {
	p.peek()
	start := p.pos
	for p.pos < len(p.text) && isWord(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *expressionParser) or() (*node, *apiError) { return p.chain("or", p.and) }

func (p *expressionParser) and() (*node, *apiError) { return p.chain("and", p.not) }

func (p *expressionParser) chain(op string, next func() (*node, *apiError)) (*node, *apiError) {
	left, err := next()
	if err != nil {
		return nil, err
	}
	n := &node{op: op, args: []*node{left}}
	for p.keyword(op) {
		right, err := next()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, right)
	}
	if len(n.args) == 1 {
		return left, nil
	}
	return n, nil
}

func (p *expressionParser) not() (*node, *apiError) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFilterDepth {
		return nil, badRequest("The expression is nested too deeply.")
	}
	if p.keyword("not") {
		inner, err := p.not()
		return &node{op: "not", args: []*node{inner}}, err
	}
	return p.comparison()
}

var comparisons = []string{"eq", "ne", "gt", "ge", "lt", "le"}

func (p *expressionParser) comparison() (*node, *apiError) {
	left, err := p.primary()
	if err != nil {
		return nil, err
	}
	for _, op := range comparisons {
		if p.keyword(op) {
			right, err := p.primary()
			return &node{op: op, args: []*node{left, right}}, err
		}
	}
	return left, nil
}

func (p *expressionParser) primary() (*node, *apiError) {
	switch c := p.peek(); c {
	case 0:
		return nil, p.syntax()
	case '(':
		p.pos++
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.take(')') {
			return nil, p.syntax()
		}
		return inner, nil
	case '\'', '"', '[':
		lit, err := p.operand()
		return &node{op: "literal", lit: lit}, err
	}
	word := p.word()
	if word == "" {
		return nil, p.syntax()
	}
	return p.named(word)
}

// named makes of a word what it is: a function call, an alias, an enumeration's member, a literal
// or a path.
func (p *expressionParser) named(word string) (*node, *apiError) {
	switch {
	case p.pos < len(p.text) && p.text[p.pos] == '(':
		return p.call(word)
	case p.pos < len(p.text) && p.text[p.pos] == '\'' && strings.Contains(word, "."):
		lit, err := p.operand()
		return &node{op: "literal", lit: lit}, err
	case word[0] == '@':
		return p.alias(word)
	case word == "null":
		return &node{op: "literal"}, nil
	case isLiteralWord(word):
		return &node{op: "literal", lit: operand{kind: operandWord, text: word}}, nil
	default:
		return &node{op: "path", name: word}, nil
	}
}

func isLiteralWord(word string) bool {
	if word == "true" || word == "false" || word[0] == '-' || word[0] >= '0' && word[0] <= '9' {
		return true
	}
	_, isID := parseGUID(word)
	return isID
}

func (p *expressionParser) alias(name string) (*node, *apiError) {
	text, ok := p.aliases[name]
	if !ok {
		return nil, badRequest("The parameter alias '%s' was not found in the query.", name)
	}
	inner := &expressionParser{text: text, depth: p.depth + 1}
	n, err := inner.primary()
	if err != nil {
		return nil, err
	}
	if inner.peek() != 0 {
		return nil, inner.syntax()
	}
	return n, nil
}

// call reads the arguments of a function: plain ones, or Name=value as Microsoft's own functions
// take them.
func (p *expressionParser) call(name string) (*node, *apiError) {
	p.pos++
	n := &node{op: "call", name: name}
	if p.take(')') {
		return n, nil
	}
	for {
		argument := p.argumentName()
		arg, err := p.or()
		if err != nil {
			return nil, err
		}
		n.args, n.names = append(n.args, arg), append(n.names, argument)
		if p.take(',') {
			continue
		}
		if !p.take(')') {
			return nil, p.syntax()
		}
		return n, nil
	}
}

func (p *expressionParser) argumentName() string {
	back := p.pos
	word := p.word()
	if word != "" && p.take('=') {
		return word
	}
	p.pos = back
	return ""
}

// operand reads a quoted text or a list of operands.
func (p *expressionParser) operand() (operand, *apiError) {
	switch c := p.peek(); c {
	case '\'', '"':
		text, ok := p.quoted(c)
		if !ok {
			return operand{}, p.syntax()
		}
		return operand{kind: operandText, text: text}, nil
	case '[':
		return p.list()
	}
	word := p.word()
	if word == "" {
		return operand{}, p.syntax()
	}
	if word == "null" {
		return operand{}, nil
	}
	return operand{kind: operandWord, text: word}, nil
}

func (p *expressionParser) list() (operand, *apiError) {
	p.pos++
	result := operand{kind: operandList}
	if p.take(']') {
		return result, nil
	}
	for {
		if p.peek() == '[' {
			return operand{}, p.syntax() // no lists in lists
		}
		item, err := p.operand()
		if err != nil {
			return operand{}, err
		}
		result.list = append(result.list, item)
		if p.take(',') {
			continue
		}
		if !p.take(']') {
			return operand{}, p.syntax()
		}
		return result, nil
	}
}

// quoted reads 'it”s' with doubled quotes, or "..." with JSON's escapes.
func (p *expressionParser) quoted(quote byte) (string, bool) {
	if quote == '"' {
		s := &scanner{data: []byte(p.text), pos: p.pos}
		text, err := s.text()
		p.pos = s.pos
		return string(text), err == nil
	}
	var b strings.Builder
	for p.pos++; p.pos < len(p.text); p.pos++ {
		if p.text[p.pos] != quote {
			b.WriteByte(p.text[p.pos])
			continue
		}
		if p.pos+1 < len(p.text) && p.text[p.pos+1] == quote {
			b.WriteByte(quote)
			p.pos++
			continue
		}
		p.pos++
		return b.String(), true
	}
	return "", false
}

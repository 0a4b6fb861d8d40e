package simulator

import (
	"slices"
	"strconv"
	"strings"
)

// odataQuery is what a GET on an entity set asks for.
type odataQuery struct {
	table      *table
	selected   []*attribute // nil: all
	selectText string
	filter     *node
	order      []ordering
	top        int // 0: none
	count      bool
	expand     []expansion
	path       string // of the rows below the API's root; "" is the table's set
	apply      string
	token      string
	aliases    map[string]string
}

type ordering struct {
	f          operandColumn
	descending bool
}

// expansion is a single-valued navigation property whose row is shown along.
type expansion struct {
	nav      string
	column   *attribute
	table    *table
	selected []*attribute
}

const (
	maxPage  = 5000
	maxCount = 5000
)

// knownOptions are the system query options of the service; $skip, $search and $format are refused
// like any other.
var knownOptions = []string{"$select", "$filter", "$orderby", "$top", "$expand", "$apply", "$count", "$skiptoken", "$deltatoken"}

// checkOptions refuses system query options that the service does not have. Their names are
// case-sensitive.
func checkOptions(values map[string]string) *apiError {
	for name := range values {
		if strings.HasPrefix(name, "$") && !slices.Contains(knownOptions, name) {
			return badRequest("The query parameter %s is not supported", name)
		}
	}
	return nil
}

func (c *call) parseQuery(t *table) (*odataQuery, *apiError) {
	values := parameters(c.query)
	if err := checkOptions(values); err != nil {
		return nil, err
	}
	q := &odataQuery{table: t, aliases: values, token: values["$skiptoken"], apply: values["$apply"]}
	steps := []func(map[string]string) *apiError{q.readSelect, q.readFilter, q.readOrder, q.readNumbers}
	for _, step := range steps {
		if err := step(values); err != nil {
			return nil, err
		}
	}
	if expand := values["$expand"]; expand != "" {
		return q, c.readExpand(q, expand)
	}
	return q, nil
}

func (q *odataQuery) readSelect(values map[string]string) *apiError {
	columns, err := q.table.selection(values["$select"])
	q.selected, q.selectText = columns, values["$select"]
	return err
}

// selection reads a list of property names; nil means all.
func (t *table) selection(list string) ([]*attribute, *apiError) {
	if list = strings.TrimSpace(list); list == "" || list == "*" {
		return nil, nil
	}
	var columns []*attribute
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		column := t.byProperty[name]
		if column == nil {
			return nil, unknownQueryProperty(t.logical, name)
		}
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
	}
	return columns, nil
}

func (q *odataQuery) readFilter(values map[string]string) *apiError {
	text, given := values["$filter"]
	if !given {
		return nil
	}
	var err *apiError
	q.filter, err = parseFilter(text, q.aliases)
	return err
}

func (q *odataQuery) readOrder(values map[string]string) *apiError {
	if values["$orderby"] == "" {
		return nil
	}
	for part := range strings.SplitSeq(values["$orderby"], ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && words[1] != "asc" && words[1] != "desc" {
			return badRequest("Syntax error in the $orderby clause '%s'.", values["$orderby"])
		}
		f, err := q.table.field(words[0])
		if err != nil {
			return err
		}
		q.order = append(q.order, ordering{f, len(words) == 2 && words[1] == "desc"})
	}
	return nil
}

func (q *odataQuery) readNumbers(values map[string]string) *apiError {
	if text, given := values["$top"]; given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return badRequest("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
		}
		q.top = min(n, maxPage)
	}
	switch values["$count"] {
	case "", "false":
	case "true":
		q.count = true
	default:
		return badRequest("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", values["$count"])
	}
	return nil
}

func (c *call) readExpand(q *odataQuery, text string) *apiError {
	for _, part := range splitOutside(text, ',') {
		nav, options, _ := strings.Cut(strings.TrimSpace(part), "(")
		column := q.table.byBind[nav]
		if column == nil {
			return unknownQueryProperty(q.table.logical, nav)
		}
		t := c.server.db.byLogical(column.bind[nav])
		if t == nil {
			return badRequest("The navigation property '%s' cannot be expanded here.", nav)
		}
		e := expansion{nav: nav, column: column, table: t}
		if list, found := strings.CutPrefix(strings.TrimSuffix(options, ")"), "$select="); found {
			selected, err := t.selection(list)
			if err != nil {
				return err
			}
			e.selected = selected
		}
		q.expand = append(q.expand, e)
	}
	return nil
}

// matches gives the rows of the query in its order, from a start on. limit 0 means all. more says
// whether there are further rows behind the limit.
func (q *odataQuery) matches(from pageStart, limit int) (rows []uint32, more bool, err *apiError) {
	test := func(uint32) verdict { return yes }
	if q.filter != nil {
		if test, err = compile(q.table, q.filter); err != nil {
			return nil, false, err
		}
	}
	candidates := q.candidates()
	if len(q.order) > 0 {
		rows = q.sorted(filtered(candidates, test, 0))
		rows = rows[min(from.skip, len(rows)):]
	} else {
		if from.hasLast {
			candidates = candidates[q.table.after(candidates, from.last):]
		}
		wanted := limit
		if limit > 0 {
			wanted++
		}
		rows = filtered(candidates, test, wanted)
	}
	if limit > 0 && len(rows) > limit {
		return rows[:limit], true, nil
	}
	return rows, false, nil
}

// candidates gives the rows to look at, by primary key: those that the filter names, or all.
func (q *odataQuery) candidates() []uint32 {
	t := q.table
	if q.filter == nil {
		return t.sorted()
	}
	ids, named := t.rowIDs(q.filter)
	if !named {
		return t.sorted()
	}
	rows := make([]uint32, 0, len(ids))
	for _, id := range ids {
		if row, ok := t.find(id); ok {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, t.compareIDs)
	return slices.Compact(rows)
}

func filtered(candidates []uint32, test predicate, wanted int) []uint32 {
	var rows []uint32
	for _, row := range candidates {
		if test(row) != yes {
			continue
		}
		rows = append(rows, row)
		if len(rows) == wanted {
			break
		}
	}
	return rows
}

// sorted orders rows by $orderby, nulls first as SQL Server has it, then by primary key.
func (q *odataQuery) sorted(rows []uint32) []uint32 {
	slices.SortStableFunc(rows, func(a, b uint32) int {
		for _, o := range q.order {
			order := o.compare(a, b)
			if o.descending {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return rows
}

func (o ordering) compare(a, b uint32) int {
	x, y := o.f.get(a), o.f.get(b)
	switch {
	case x.set && y.set:
		return o.f.column.order(x, y)
	case x.set:
		return 1
	case y.set:
		return -1
	default:
		return 0
	}
}

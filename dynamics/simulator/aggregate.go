package simulator

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// maxAggregated is how many rows an aggregate may touch
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data).
const maxAggregated = 50000

// aggregation is one filter(...)/groupby((...),aggregate(...)) pipeline.
type aggregation struct {
	filter  *node
	groupBy []*attribute
	sums    []aggregateColumn
}

type aggregateColumn struct {
	column *attribute // nil for $count
	method string
	alias  string
}

func (c *call) aggregate(q *odataQuery) (*reply, *apiError) {
	a, err := parseApply(q)
	if err != nil {
		return nil, err
	}
	if len(q.order) > 0 && !a.groups(q.order[0].f.column) {
		return nil, badRequest("The query node SingleValueOpenPropertyAccess is not supported.")
	}
	all := &odataQuery{table: q.table, filter: a.filter}
	if q.filter != nil && all.filter != nil {
		all.filter = &node{op: "and", args: []*node{q.filter, all.filter}}
	} else if q.filter != nil {
		all.filter = q.filter
	}
	rows, more, err := all.matches(pageStart{}, maxAggregated)
	if err != nil {
		return nil, err
	}
	if more {
		return nil, fail(http.StatusBadRequest, codeAggregateLimit, "AggregateQueryRecordLimit exceeded. Cannot perform this operation.")
	}
	b := append([]byte(nil), `{"@odata.context":`...)
	b = appendQuoted(b, c.context(q.table.set))
	b = append(b, `,"value":[`...)
	for i, g := range a.collect(q.table, rows) {
		if i > 0 {
			b = append(b, ',')
		}
		b = g.append(b, a)
	}
	return c.json(http.StatusOK, append(b, "]}"...)), nil
}

func (a *aggregation) groups(c *attribute) bool {
	for _, g := range a.groupBy {
		if g == c {
			return true
		}
	}
	return false
}

func badApply(text string) *apiError { return badRequest("The $apply clause '%s' is not valid.", text) }

func parseApply(q *odataQuery) (*aggregation, *apiError) {
	a := &aggregation{}
	for _, step := range splitOutside(q.apply, '/') {
		step = strings.TrimSpace(step)
		name, inner, ok := strings.Cut(step, "(")
		if !ok || !strings.HasSuffix(inner, ")") || a.sums != nil || a.groupBy != nil {
			return nil, badApply(q.apply)
		}
		inner = inner[:len(inner)-1]
		var err *apiError
		switch name {
		case "filter":
			a.filter, err = parseFilter(inner, q.aliases)
		case "aggregate":
			err = a.readAggregates(q, inner)
		case "groupby":
			err = a.readGroups(q, inner)
		default:
			err = badApply(q.apply)
		}
		if err != nil {
			return nil, err
		}
	}
	if a.sums == nil && a.groupBy == nil {
		return nil, badApply(q.apply)
	}
	return a, nil
}

func (a *aggregation) readGroups(q *odataQuery, inner string) *apiError {
	parts := splitOutside(inner, ',')
	names := strings.TrimSpace(parts[0])
	if !strings.HasPrefix(names, "(") || !strings.HasSuffix(names, ")") || len(parts) > 2 {
		return badApply(q.apply)
	}
	for name := range strings.SplitSeq(names[1:len(names)-1], ",") {
		f, err := q.table.field(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		if f.column.kind == kindDateTime {
			return badRequest("Grouping by the datetime property '%s' is not supported.", name)
		}
		a.groupBy = append(a.groupBy, f.column)
	}
	if len(parts) == 1 {
		return nil
	}
	aggregates, ok := strings.CutPrefix(strings.TrimSpace(parts[1]), "aggregate(")
	if !ok || !strings.HasSuffix(aggregates, ")") {
		return badApply(q.apply)
	}
	return a.readAggregates(q, aggregates[:len(aggregates)-1])
}

func (a *aggregation) readAggregates(q *odataQuery, list string) *apiError {
	for part := range strings.SplitSeq(list, ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 3 && words[0] == "$count" && words[1] == "as":
			a.sums = append(a.sums, aggregateColumn{nil, "count", words[2]})
		case len(words) == 5 && words[1] == "with" && words[3] == "as":
			f, err := q.table.field(words[0])
			if err != nil {
				return err
			}
			if !aggregates(words[2], f.column) {
				return badApply(q.apply)
			}
			a.sums = append(a.sums, aggregateColumn{f.column, words[2], words[4]})
		default:
			return badApply(q.apply)
		}
	}
	return nil
}

func aggregates(method string, c *attribute) bool {
	switch method {
	case "countdistinct":
		return true
	case "sum", "average":
		return !c.kind.isText() && !c.kind.isGUID() && c.kind != kindDate && c.kind != kindDateTime && c.kind != kindBoolean
	case "min", "max":
		return !c.kind.isText() && !c.kind.isGUID()
	default:
		return false
	}
}

// group is one row of the answer.
type group struct {
	keys  []cell
	count int
	sums  []tally
}

type tally struct {
	count    int
	sum      float64
	best     cell
	distinct map[string]bool
}

// collect sorts the rows into groups, in the order in which they appear.
func (a *aggregation) collect(t *table, rows []uint32) []*group {
	found := map[string]*group{}
	var groups []*group
	if len(a.groupBy) == 0 {
		groups = append(groups, &group{sums: make([]tally, len(a.sums))})
		found[""] = groups[0]
	}
	var name []byte
	for _, row := range rows {
		name = name[:0]
		for _, c := range a.groupBy {
			name = append(name, strings.ToLower(string(c.appendJSON(nil, c.get(t, row))))...)
			name = append(name, 0)
		}
		g := found[string(name)]
		if g == nil {
			g = &group{sums: make([]tally, len(a.sums))}
			for _, c := range a.groupBy {
				g.keys = append(g.keys, c.get(t, row))
			}
			found[string(name)] = g
			groups = append(groups, g)
		}
		g.add(a, t, row)
	}
	return groups
}

func (g *group) add(a *aggregation, t *table, row uint32) {
	g.count++
	for i, s := range a.sums {
		if s.column == nil {
			continue
		}
		v := s.column.get(t, row)
		if !v.set {
			continue
		}
		x := &g.sums[i]
		x.count++
		x.sum += s.column.float(v)
		order := s.column.order(v, x.best)
		if !x.best.set || s.method == "min" && order < 0 || s.method == "max" && order > 0 {
			x.best = v
		}
		if s.method == "countdistinct" {
			if x.distinct == nil {
				x.distinct = map[string]bool{}
			}
			x.distinct[strings.ToLower(string(s.column.appendPlain(nil, v)))] = true
		}
	}
}

// append writes the group; a null among its keys is left out, as the service does.
func (g *group) append(b []byte, a *aggregation) []byte {
	b = append(b, '{')
	first := true
	name := func(s string) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendQuoted(b, s), ':')
	}
	for i, c := range a.groupBy {
		if g.keys[i].set {
			name(c.property())
			b = c.appendJSON(b, g.keys[i])
		}
	}
	for i, s := range a.sums {
		name(s.alias)
		b = g.sums[i].append(b, s, g.count)
	}
	return append(b, '}')
}

func (x *tally) append(b []byte, s aggregateColumn, rows int) []byte {
	switch {
	case s.method == "count":
		return strconv.AppendInt(b, int64(rows), 10)
	case s.method == "countdistinct":
		return strconv.AppendInt(b, int64(len(x.distinct)), 10)
	case x.count == 0:
		return append(b, "null"...)
	case s.method == "min" || s.method == "max":
		return s.column.appendJSON(b, x.best)
	case s.method == "average":
		return appendDouble(b, x.sum/float64(x.count))
	case s.column.kind == kindInteger:
		return strconv.AppendInt(b, int64(math.Round(x.sum)), 10)
	default:
		return appendDouble(b, x.sum)
	}
}

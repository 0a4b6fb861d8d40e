package simulator

import (
	"slices"
	"strconv"
	"strings"
)

// choices makes a column that holds several options at a time.
func choices(schema, display string, options ...optionItem) *attribute {
	c := choice(schema, display, options...)
	c.kind = kindChoices
	return c
}

// acceptChoices takes the options as the service does, in one text with commas between them, and
// keeps them in order, each once
// (https://learn.microsoft.com/power-apps/developer/data-platform/multi-select-picklist).
func (c *attribute) acceptChoices(t *table, l jsonLiteral) (cell, *apiError) {
	if l.kind != literalText {
		return cell{}, wrongType(l.shown(), c.edm())
	}
	var values []int64
	for part := range strings.SplitSeq(string(l.raw), ",") {
		if part = strings.TrimSpace(part); part == "" && len(l.raw) == 0 {
			break // an empty text holds nothing
		}
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil {
			return cell{}, wrongType(l.shown(), "Edm.Int32")
		}
		if c.label(n) == "" {
			return cell{}, notAnOption(t, c, n)
		}
		values = append(values, n)
	}
	slices.Sort(values)
	var b strings.Builder
	for i, n := range slices.Compact(values) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return textValue(b.String()), nil
}

// labels are those of several options, as a form shows them.
func (c *attribute) labels(values string) string {
	var labels []string
	for part := range strings.SplitSeq(values, ",") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err == nil {
			labels = append(labels, c.label(n))
		}
	}
	return strings.Join(labels, "; ")
}

// contain tests whether a column of several options holds any of some.
func (o ownFunction) contain() (predicate, *apiError) {
	if o.f.column.kind != kindChoices {
		return nil, badRequest("The function takes a column of several choices.")
	}
	f := o.f
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		held := strings.Split(v.text, ",")
		return verdictOf(slices.ContainsFunc(o.values, func(wanted operand) bool { return slices.Contains(held, wanted.text) }))
	}, nil
}

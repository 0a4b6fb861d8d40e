package dynamics

import (
	"fmt"
	"strings"
)

// Table is contact's columns as they were when read.
type Table struct {
	all    []*attribute
	byName map[string]*attribute
}

func (t *Table) add(a *attribute) {
	if a.LogicalName == "" || t.byName[a.LogicalName] != nil {
		return
	}
	t.all = append(t.all, a)
	t.byName[a.LogicalName] = a
}

func (t *Table) hasLookups() bool {
	for _, a := range t.all {
		if a.Type == TypeLookup && a.updatable {
			return true
		}
	}
	return false
}

// StatusColumn finds the column of a Mapping ID: with or without the Customization Prefix, in any
// case. It has to be a text column that can be updated and is long enough for every word that will
// be written. The error is a *ColumnError.
func (t *Table) StatusColumn(prefix, mappingID string, words ...string) (Column, error) {
	name := strings.ToLower(strings.TrimSpace(mappingID))
	if name == "" {
		return Column{}, &ColumnError{Name: "of the audience", Cause: "no Mapping ID is given", Fix: "Set mappingId to the column's name"}
	}
	want := name
	if prefix = strings.ToLower(strings.Trim(strings.TrimSpace(prefix), "_")); prefix != "" && !strings.HasPrefix(name, prefix+"_") {
		want = prefix + "_" + name
	}
	a := t.byName[want]
	if a == nil && want != name && t.byName[name] != nil && t.byName[name].Custom {
		a = t.byName[name] // the Mapping ID names another publisher's column in full
	}
	if a == nil {
		return Column{}, t.noStatusColumn(want, name, words)
	}
	return a.Column, a.checkStatus(words)
}

// noStatusColumn also looks under other publishers' prefixes.
func (t *Table) noStatusColumn(want, name string, words []string) error {
	_, bare, found := strings.Cut(name, "_")
	if !found {
		bare = name
	}
	var same, custom []string
	for _, a := range t.all {
		if !a.Custom || a.checkStatus(words) != nil {
			continue
		}
		if _, rest, ok := strings.Cut(a.LogicalName, "_"); ok && rest == bare {
			same = append(same, a.LogicalName)
			continue
		}
		custom = append(custom, a.LogicalName)
	}
	e := &ColumnError{Name: want, Cause: "contact has no such column", Suggestions: append(same, nearest(want, custom)...),
		Fix: fmt.Sprintf("Create a text column (single line, at least %d characters) with that name and publish it, or correct the Mapping ID or the Customization Prefix", longest(words))}
	if len(same) > 0 {
		e.Cause = "contact has no such column, but one of another publisher prefix"
	}
	return e
}

// checkStatus tells why the column cannot hold the words; nil if it can.
func (a *attribute) checkStatus(words []string) error {
	e := &ColumnError{Name: a.LogicalName}
	switch {
	case a.Type != TypeString:
		e.Cause = "is of type " + a.shownType() + ", but the status is text"
		e.Fix = "Create a text column (single line) for the audience and give its name as Mapping ID"
	case a.calculated:
		e.Cause, e.Fix = "is calculated by Dynamics", "Create a simple text column for the audience"
	case !a.updatable || !a.readable:
		e.Cause, e.Fix = "cannot be read and updated", "Create a text column for the audience and give its name as Mapping ID"
	case a.MaxLength > 0 && longest(words) > a.MaxLength:
		e.Cause = fmt.Sprintf("holds %d characters, but the longest status word has %d", a.MaxLength, longest(words))
		e.Fix = fmt.Sprintf("Set the column's maximum length to at least %d, or choose shorter words (statuses)", longest(words))
	default:
		return nil
	}
	return e
}

func longest(words []string) int {
	most := 1
	for _, w := range words {
		most = max(most, utf16Length(w))
	}
	return most
}

// Column finds a column that can be written by its logical name, then its schema name, then its
// display name in any language, without case; for a lookup also by its navigation property. The
// error is a *ColumnError.
func (t *Table) Column(target string) (Column, error) {
	name := strings.TrimSpace(target)
	matchers := []func(*attribute) bool{
		func(a *attribute) bool { return strings.EqualFold(a.LogicalName, name) },
		func(a *attribute) bool { return strings.EqualFold(a.SchemaName, name) },
		func(a *attribute) bool { return a.lookup(name) != nil },
		func(a *attribute) bool { return a.hasLabel(name) },
	}
	for _, matches := range matchers {
		var found []*attribute
		for _, a := range t.all {
			if matches(a) {
				found = append(found, a)
			}
		}
		found = preferWritable(found)
		switch {
		case len(found) > 1:
			return Column{}, &ColumnError{Name: name, Cause: "several columns have this display name: " + logicalNames(found), Fix: "Give the logical name of the one that is meant"}
		case len(found) == 1:
			return found[0].target(name)
		}
	}
	return Column{}, &ColumnError{Name: name, Cause: "contact has no column of this name", Suggestions: t.suggest(name),
		Fix: "Give a logical name, schema name or display name of contact"}
}

// preferWritable leaves out columns that cannot be meant as a target, if others remain.
func preferWritable(found []*attribute) []*attribute {
	var writable []*attribute
	for _, a := range found {
		if a.checkTarget() == nil {
			writable = append(writable, a)
		}
	}
	if len(writable) > 0 {
		return writable
	}
	return found[:min(len(found), 1)]
}

// target checks that the column can be written, and settles to which table a lookup points.
func (a *attribute) target(name string) (Column, error) {
	if err := a.checkTarget(); err != nil {
		return Column{}, err
	}
	column := a.Column
	if a.Type != TypeLookup {
		return column, nil
	}
	if l := a.lookup(name); l != nil {
		column.Lookup = l
		return column, nil
	}
	switch len(a.lookups) {
	case 0:
		return Column{}, &ColumnError{Name: a.LogicalName, Cause: "the environment does not tell how this lookup is written", Fix: "Map to another column"}
	case 1:
		column.Lookup = &a.lookups[0]
		return column, nil
	}
	var ways []string
	for _, l := range a.lookups {
		ways = append(ways, l.Navigation)
	}
	return Column{}, &ColumnError{Name: a.LogicalName, Cause: "this lookup may point to several tables", Suggestions: ways, Fix: "Give the navigation property of the table that is meant"}
}

func (a *attribute) checkTarget() error {
	e := &ColumnError{Name: a.LogicalName}
	switch {
	case a.LogicalName == "contactid":
		e.Cause, e.Fix = "is the contact's id, by which it is found", "Map to another column"
	case a.Type == TypeOther || a.Type == TypeGUID || a.partOf != "":
		e.Cause, e.Fix = "is of type "+a.shownType()+", which cannot be written", "Map to another column"
	case a.calculated:
		e.Cause, e.Fix = "is calculated by Dynamics", "Map to the columns that it is calculated from"
	case !a.updatable:
		e.Cause, e.Fix = "cannot be updated", "Map to another column"
	default:
		return nil
	}
	return e
}

func (a *attribute) shownType() string {
	if a.Type == TypeOther || a.Type == TypeGUID {
		return strings.ToLower(a.kind)
	}
	return string(a.Type)
}

// lookup finds the way of a lookup by its navigation property.
func (a *attribute) lookup(navigation string) *Lookup {
	for i, l := range a.lookups {
		if strings.EqualFold(l.Navigation, navigation) && !strings.EqualFold(l.Navigation, a.LogicalName) {
			return &a.lookups[i]
		}
	}
	return nil
}

func (a *attribute) hasLabel(name string) bool {
	for _, l := range a.labels {
		if strings.EqualFold(strings.TrimSpace(l), name) {
			return true
		}
	}
	return false
}

func logicalNames(found []*attribute) string {
	var names []string
	for _, a := range found {
		names = append(names, a.LogicalName)
	}
	return strings.Join(names, ", ")
}

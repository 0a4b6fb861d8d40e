package audience

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// separators are tried in this order where the header has no comma: what
// spreadsheets write in countries with a decimal comma, and other exporters.
var separators = []byte{';', '\t', '|'}

// tableColumns says where in a row the fields of an activation stand; -1 for
// a field that the activation does not have.
type tableColumns struct {
	contact, status, time, consent int
	wide                           bool // status is a membership column
	mapping                        []int
}

// findColumns finds the activation's columns in the header of a table. Its
// error names what is missing, and the header.
func findColumns(a Activation, header []string) (tableColumns, error) {
	f := columnFinder{header: header, at: map[string]int{}, twice: map[string]bool{}}
	if !slices.ContainsFunc(header, looksLikeData) {
		f.similar = header
	}
	for i, name := range header {
		if _, known := f.at[name]; known {
			f.twice[name] = true
		}
		f.at[name] = i
	}
	c := tableColumns{
		contact: f.find("source.contactId", a.Source.ContactID),
		time:    f.find("source.lastQualificationTime", a.Source.LastQualificationTime),
		consent: f.find("requireConsent", a.RequireConsent),
		status:  -1,
	}
	switch {
	case a.Source.Status != "":
		c.status = f.find("source.status", a.Source.Status)
	case a.Source.ConstantStatus == "":
		c.status, c.wide = f.wide(a), true
	}
	for _, m := range a.Mapping {
		c.mapping = append(c.mapping, f.find("mapping.source", m.Source))
	}
	if len(f.problems) > 0 {
		return c, &cutError{CauseHeader, 0, strings.Join(f.problems, "; ") + "; " + showHeader(header)}
	}
	return c, nil
}

type columnFinder struct {
	header   []string
	similar  []string // what may be suggested
	at       map[string]int
	twice    map[string]bool
	problems []string
}

// find gives the column's place, -1 for no name.
func (f *columnFinder) find(key, name string) int {
	if name == "" {
		return -1
	}
	at, ok := f.at[name]
	switch {
	case ok && f.twice[name]:
		f.problems = append(f.problems, fmt.Sprintf("column %s (%s) stands in the header twice, so it is not clear which one is meant", name, key))
	case !ok:
		hint := ""
		if near := nearest(strings.ReplaceAll(name, ".", "_"), f.similar); near != "" {
			hint = " (did you mean " + near + "?)"
		}
		f.problems = append(f.problems, fmt.Sprintf("column %s (%s) is missing%s", name, key, hint))
	}
	return at
}

// wide finds the membership column of a table with one column per audience.
func (f *columnFinder) wide(a Activation) int {
	for i, name := range f.header {
		if isMembershipColumn(name, a.Namespace, a.Audience) {
			return i
		}
	}
	f.problems = append(f.problems, fmt.Sprintf("the status column is missing: name it as source.status, give source.constantStatus, or export the column %s_%s",
		a.Namespace, a.Audience))
	return -1
}

// isMembershipColumn tells whether a column is <namespace>_<audience> or
// <namespace>:<audience>, namespaces without case.
func isMembershipColumn(name, namespace, audience string) bool {
	name = strings.TrimPrefix(name, xdmPrefix)
	n := len(namespace)
	return len(name) == n+1+len(audience) && strings.EqualFold(name[:n], namespace) &&
		(name[n] == '_' || name[n] == ':') && name[n+1:] == audience
}

// maxShownHeader keeps the message about a header readable.
const maxShownHeader = 2000

// showHeader shows the header, unless it looks like a row of contacts: errors
// go where no contact's data may.
func showHeader(header []string) string {
	if slices.ContainsFunc(header, looksLikeData) {
		return "the first line is not shown, since it looks like data: a table needs a header line that names its columns"
	}
	text := strings.Join(header, ",")
	if len(text) > maxShownHeader {
		text = strings.ToValidUTF8(text[:maxShownHeader], "") + "…"
	}
	return "the header is: " + text
}

// looksLikeData tells a contact id, an e-mail address, a date or a piece of
// JSON from the name of a column.
func looksLikeData(cell string) bool {
	if _, ok := NormalizeContactID(cell); ok {
		return true
	}
	if _, err := time.Parse(time.DateOnly, cell); err == nil {
		return true
	}
	_, isTime := ParseTime(cell)
	address := strings.Contains(cell, "@") && !strings.ContainsAny(cell, "_:")
	return isTime || address || strings.ContainsAny(cell, `{}"`)
}

// separatorOf tells what separates the columns of a header line.
func separatorOf(line string) byte {
	if outsideQuotes(line, ',') {
		return ','
	}
	for _, s := range separators {
		if outsideQuotes(line, s) {
			return s
		}
	}
	return ','
}

func outsideQuotes(line string, c byte) bool {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case c:
			if !quoted {
				return true
			}
		}
	}
	return false
}

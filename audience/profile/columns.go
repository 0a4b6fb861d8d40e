package profile

import (
	"fmt"
	"strings"

	"audienceflow/audience"
)

// tableColumns says where in a row the fields of an activation stand; -1 for
// a field that the activation does not have.
type tableColumns struct {
	contact, status, time, consent int
	wide                           bool // status is a membership column
	mapping                        []int
}

// findColumns finds the activation's columns in the header of a table. Its
// error names what is missing; the header is its detail.
func findColumns(a audience.Activation, header []string) (tableColumns, error) {
	f := columnFinder{header: header, at: map[string]int{}, twice: map[string]bool{}}
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
		return c, f.failed()
	}
	return c, nil
}

type columnFinder struct {
	header   []string
	found    bool     // of a column that the activation names
	missing  []string // what the activation names and the header does not
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
	f.found = f.found || ok
	switch {
	case ok && f.twice[name]:
		f.problems = append(f.problems, fmt.Sprintf("column %s (%s) stands in the header twice, so it is not clear which one is meant", name, key))
	case !ok:
		f.missing = append(f.missing, name)
		f.problems = append(f.problems, fmt.Sprintf("column %s (%s) is missing", name, key))
	}
	return at
}

// wide finds the membership column of a table with one column per audience.
func (f *columnFinder) wide(a audience.Activation) int {
	for i, name := range f.header {
		if isMembershipColumn(name, a.Namespace, a.Audience) {
			f.found = true
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
	name = strings.TrimPrefix(name, XDMPrefix)
	n := len(namespace)
	return len(name) == n+1+len(audience) && strings.EqualFold(name[:n], namespace) &&
		(name[n] == '_' || name[n] == ':') && name[n+1:] == audience
}

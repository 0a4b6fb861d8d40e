package simulator

import (
	"net/http"
	"path"
	"strconv"
	"strings"
)

// preferences is what the Prefer header asks for, sent as one list or as several lines.
type preferences struct {
	pageSize       int
	annotations    []string
	representation bool
	continueOn     bool
	trackChanges   bool
	applied        []string
}

func parsePrefer(h http.Header) preferences {
	var p preferences
	for _, line := range h.Values("Prefer") {
		for _, part := range splitOutside(line, ',') {
			p.read(strings.TrimSpace(part))
		}
	}
	return p
}

func (p *preferences) read(part string) {
	name, value, given := strings.Cut(part, "=")
	value = strings.Trim(strings.TrimSpace(value), `"`)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "odata.maxpagesize", "maxpagesize":
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			p.pageSize = min(n, maxPage)
			p.applied = append(p.applied, "odata.maxpagesize="+value)
		}
	case "odata.include-annotations", "include-annotations":
		for pattern := range strings.SplitSeq(value, ",") {
			p.annotations = append(p.annotations, strings.TrimSpace(pattern))
		}
		p.applied = append(p.applied, `odata.include-annotations="`+value+`"`)
	case "return":
		if value == "representation" {
			p.representation = true
		}
	case "odata.track-changes":
		p.trackChanges = true
		p.applied = append(p.applied, "odata.track-changes")
	case "odata.continue-on-error", "continue-on-error":
		p.continueOn = !given || value == "true"
	}
}

// annotates says whether an annotation was asked for, by name or by a pattern such as * or
// Microsoft.Dynamics.CRM.*.
func (p *preferences) annotates(name string) bool {
	for _, pattern := range p.annotations {
		if matched, err := path.Match(pattern, name); err == nil && matched || pattern == name+"*" {
			return true
		}
	}
	return false
}

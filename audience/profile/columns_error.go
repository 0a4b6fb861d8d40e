package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"audienceflow/audience"
)

// What of a header is shown.
const (
	maxShownHeader = 2000
	// maxCompared is how many columns names are compared with: no table of people has more.
	maxCompared = 2000
)

// failed says what is wrong with the header. What is in it is shown to people alone.
func (f *columnFinder) failed() error {
	e := &audience.SourceError{Cause: audience.CauseHeader, Detail: f.shown()}
	end := "the header has one column"
	if len(f.header) != 1 {
		end = fmt.Sprintf("the header has %d columns", len(f.header))
	}
	if e.Detail == "" {
		end += ", and they do not look like its names: a table begins with a line of names, which are separated by comma, semicolon, tab " +
			"or vertical bar, and its lines end in LF or CR LF"
	}
	e.Message = strings.Join(append(f.problems, end), "; ")
	return e
}

// shown gives the header, and the names in it that are like those that are missing. Whatever is no
// header for sure is not shown: it may be a row of contacts, or a file without any line that was
// recognised.
func (f *columnFinder) shown() string {
	if !f.found || slices.ContainsFunc(f.header, looksLikeData) {
		return ""
	}
	var hints, cells []string
	for _, name := range f.missing {
		if len(f.header) > maxCompared {
			break
		}
		if near := audience.Nearest(strings.ReplaceAll(name, ".", "_"), f.header); near != "" {
			hints = append(hints, "for "+audience.ShownCell(name)+" there is "+audience.ShownCell(near))
		}
	}
	size := 0
	for _, name := range f.header {
		cell := audience.ShownCell(name)
		if size += len(cell); size > maxShownHeader {
			cells = append(cells, "…")
			break
		}
		cells = append(cells, cell)
	}
	return strings.Join(append(hints, "the header is: "+strings.Join(cells, ", ")), "; ")
}

// looksLikeData tells a contact id, an e-mail address, a date, several lines or a
// piece of JSON from the name of a column.
func looksLikeData(cell string) bool {
	if _, ok := audience.NormalizeContactID(cell); ok {
		return true
	}
	if _, err := time.Parse(time.DateOnly, cell); err == nil {
		return true
	}
	if strings.ContainsAny(cell, "\r\n\x00") { // lines that were not recognised as such
		return true
	}
	if _, isStatus := audience.ParseStatus(cell); isStatus {
		return true
	}
	_, isTime := audience.ParseTime(cell)
	address := strings.Contains(cell, "@") && !strings.ContainsAny(cell, "_:") || addressInside.MatchString(cell)
	return isTime || address || idInside.MatchString(cell) || strings.ContainsAny(cell, `{}"`)
}

// Data that has run into the name of a column. An audience's id may end the name of a column of
// memberships.
var (
	idInside      = regexp.MustCompile(`(?i)(^|[^_:])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	addressInside = regexp.MustCompile(`[^\s@]@[^\s@]+\.[\pL]{2,}`)
)

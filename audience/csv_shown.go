package audience

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What of a header is shown.
const (
	maxShownCell   = 64
	maxShownHeader = 2000
	// maxCompared is how many columns names are compared with: no table of people has more.
	maxCompared = 2000
)

// failed says what is wrong with the header. What is in it is shown to people alone.
func (f *columnFinder) failed() error {
	e := &cutError{cause: CauseHeader, detail: f.shown()}
	end := "the header has one column"
	if len(f.header) != 1 {
		end = fmt.Sprintf("the header has %d columns", len(f.header))
	}
	if e.detail == "" {
		end += ", and they do not look like its names: a table begins with a line of names, which are separated by comma, semicolon, tab " +
			"or vertical bar, and its lines end in LF or CR LF"
	}
	e.message = strings.Join(append(f.problems, end), "; ")
	return e
}

// shown gives the header, and the names in it that are like those that are missing. Whatever is no header for sure is not shown: it
// may be a row of contacts, or a file without any line that was recognised.
func (f *columnFinder) shown() string {
	if !f.found || slices.ContainsFunc(f.header, looksLikeData) {
		return ""
	}
	var hints, cells []string
	for _, name := range f.missing {
		if len(f.header) > maxCompared {
			break
		}
		if near := nearest(strings.ReplaceAll(name, ".", "_"), f.header); near != "" {
			hints = append(hints, "for "+shownCell(name)+" there is "+shownCell(near))
		}
	}
	size := 0
	for _, name := range f.header {
		cell := shownCell(name)
		if size += len(cell); size > maxShownHeader {
			cells = append(cells, "…")
			break
		}
		cells = append(cells, cell)
	}
	return strings.Join(append(hints, "the header is: "+strings.Join(cells, ", ")), "; ")
}

// ShownCell is a cell as it may be shown to people: 64 characters at most, and
// nothing in it is invisible.
func ShownCell(cell string) string { return shownCell(cell) }

// shownCell cuts a cell and makes visible what is not.
func shownCell(cell string) string {
	runes := []rune(cell)
	if len(runes) > maxShownCell {
		runes = append(runes[:maxShownCell], '…')
	}
	return shownText(string(runes))
}

// shownText makes visible what is not.
func shownText(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// looksLikeData tells a contact id, an e-mail address, a date, several lines or a
// piece of JSON from the name of a column.
func looksLikeData(cell string) bool {
	if _, ok := NormalizeContactID(cell); ok {
		return true
	}
	if _, err := time.Parse(time.DateOnly, cell); err == nil {
		return true
	}
	if strings.ContainsAny(cell, "\r\n\x00") { // lines that were not recognised as such
		return true
	}
	if _, isStatus := ParseStatus(cell); isStatus {
		return true
	}
	_, isTime := ParseTime(cell)
	address := strings.Contains(cell, "@") && !strings.ContainsAny(cell, "_:") || addressInside.MatchString(cell)
	return isTime || address || idInside.MatchString(cell) || strings.ContainsAny(cell, `{}"`)
}

// Data that has run into the name of a column. An audience's id may end the name of a column of memberships.
var (
	idInside      = regexp.MustCompile(`(?i)(^|[^_:])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	addressInside = regexp.MustCompile(`[^\s@]@[^\s@]+\.[\pL]{2,}`)
)

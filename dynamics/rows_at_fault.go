package dynamics

import (
	"context"
	"regexp"
	"strconv"
	"strings"
)

var (
	guidPattern = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	// missingPattern is the text about rows that do not exist: "Contact With Ids = ... Do Not
	// Exist".
	missingPattern = regexp.MustCompile(`(?i)with ids? = ([^=]*?) do(?:es)? not exist`)
	// tooLongPattern is "The length of the 'x' attribute of the 'contact' entity exceeded the
	// maximum allowed length of '100'".
	tooLongPattern = regexp.MustCompile(`(?i)length of the '([^']+)' attribute.*maximum allowed length of '(\d+)'`)
)

// atFault finds the rows of a part that a refusal is certainly about: contacts that do not exist,
// and texts longer than the length that it says. Ids in other texts, such as a plug-in's, are no
// proof.
func (j *job) atFault(ctx context.Context, part []int, e *Error) map[int]bool {
	switch e.Code {
	case codeDoesNotExist:
		return j.missing(ctx, part, e.Message)
	case codeStringTooLong:
		return j.tooLong(part, e.Message)
	}
	return nil
}

// missing finds the rows that the text names. It names but one, and more may be gone: reading which
// contacts there are costs a request for 300 of them, where another refusal would cost all the
// part's rows.
func (j *job) missing(ctx context.Context, part []int, message string) map[int]bool {
	m := missingPattern.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	named := map[string]bool{}
	for _, id := range guidPattern.FindAllString(m[1], -1) {
		named[strings.ToLower(id)] = true
	}
	bad := map[int]bool{}
	var others []string
	for _, i := range part {
		if named[j.rows[i].id] {
			bad[i] = true
		} else {
			others = append(others, j.rows[i].id)
		}
	}
	if len(bad) == 0 {
		return nil // it is about something else than these contacts
	}
	found, err := j.client.ReadContacts(ctx, others, nil, ReadOptions{})
	if err != nil {
		return bad // then the next refusal finds them
	}
	exists := make(map[string]bool, len(found))
	for _, contact := range found {
		exists[contact.ID] = true
	}
	for _, i := range part {
		bad[i] = bad[i] || !exists[j.rows[i].id]
	}
	return bad
}

func (j *job) tooLong(part []int, message string) map[int]bool {
	m := tooLongPattern.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	most, err := strconv.Atoi(m[2])
	if err != nil {
		return nil
	}
	bad := map[int]bool{}
	for _, i := range part {
		for _, a := range j.rows[i].values {
			if strings.EqualFold(a.Column.LogicalName, m[1]) && a.Value != nil && utf16Length(*a.Value) > most {
				bad[i] = true
			}
		}
	}
	return bad
}

// namedColumn finds the column that an error's text names in quotes, among those that the row sets.
func namedColumn(message string, values []Assignment) string {
	lower := strings.ToLower(message)
	for _, a := range values {
		for _, quote := range []string{"'", `"`} {
			if strings.Contains(lower, quote+a.Column.LogicalName+quote) {
				return a.Column.LogicalName
			}
		}
	}
	if len(values) == 1 && strings.HasPrefix(message, "value for ") {
		return values[0].Column.LogicalName
	}
	return ""
}

// namesOthersOnly is true if a text names ids, and not this one.
func namesOthersOnly(message, id string) bool {
	ids := guidPattern.FindAllString(message, -1)
	for _, other := range ids {
		if strings.EqualFold(other, id) {
			return false
		}
	}
	return len(ids) > 0
}

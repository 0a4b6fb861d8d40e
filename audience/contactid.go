package audience

import "strings"

const (
	guidLength = 36
	// orgSuffix ends the tail that AEP's Dynamics source puts behind an id:
	// <guid>@<organisation>.Dynamics.
	orgSuffix = ".dynamics"
)

// NormalizeContactID gives the contact's GUID in lower case from the forms in
// which sources write it: with blanks around, braces, capitals, or a tail
// @<organisation>.Dynamics. An empty id means that raw names none; ok is false
// when raw is no GUID.
func NormalizeContactID(raw string) (id string, ok bool) {
	if isLowerGUID(raw) {
		return raw, true
	}
	id = TrimBlank(raw)
	if at := strings.IndexByte(id, '@'); at >= 0 && len(id) > len(orgSuffix) &&
		strings.EqualFold(id[len(id)-len(orgSuffix):], orgSuffix) {
		id = id[:at]
	}
	if len(id) >= 2 && id[0] == '{' && id[len(id)-1] == '}' {
		id = id[1 : len(id)-1]
	}
	if TrimBlank(id) == "" {
		return "", false
	}
	id = strings.ToLower(id)
	return id, isLowerGUID(id)
}

// isLowerGUID tells whether s is hex 8-4-4-4-12 in lower case.
func isLowerGUID(s string) bool {
	if len(s) != guidLength {
		return false
	}
	for i := 0; i < guidLength; i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

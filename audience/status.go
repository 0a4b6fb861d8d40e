package audience

import "strings"

// Status is a contact's audience status, in today's words.
type Status string

const (
	// Realized means that the contact is in the audience.
	Realized Status = "realized"
	// Exited means that the contact has left the audience.
	Exited Status = "exited"
)

// ParseStatus reads a status word, trimmed and in any case, legacy words
// included. ok is false for a word that is none.
func ParseStatus(word string) (s Status, ok bool) {
	switch word {
	case "realized":
		return Realized, true
	case "exited":
		return Exited, true
	}
	switch strings.ToLower(TrimBlank(word)) {
	case "realized", "existing", "active":
		return Realized, true
	case "exited", "exiting", "expired":
		return Exited, true
	}
	return "", false
}

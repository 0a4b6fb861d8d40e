package profile

import (
	"strings"

	"audienceflow/audience"
	"audienceflow/runs"
)

// identity is one entry of an identity namespace.
type identity struct {
	id      string
	primary bool
}

// chooseIdentity takes the primary identity, else the first that is a GUID,
// else the first.
func chooseIdentity(list []identity) string {
	if len(list) == 0 {
		return ""
	}
	for _, i := range list {
		if i.primary {
			return i.id
		}
	}
	for _, i := range list {
		if _, ok := audience.NormalizeContactID(i.id); ok {
			return i.id
		}
	}
	return list[0].id
}

// offendingLength is how many bytes are kept of what is no contact id.
const offendingLength = 100

// withoutContact is a record that is excluded for what it has instead of a
// contact id.
func withoutContact(raw, reason string) audience.Record {
	raw = strings.TrimSpace(raw)
	if len(raw) > offendingLength {
		raw = strings.ToValidUTF8(raw[:offendingLength], "")
	}
	return audience.Record{Kind: audience.RecordExcluded, Reason: reason, Offending: strings.Clone(raw)}
}

// contactOf gives the normalised contact, or the reason why there is none.
func contactOf(raw string) (contact, reason string) {
	contact, ok := audience.NormalizeContactID(raw)
	switch {
	case ok:
		return contact, ""
	case contact == "":
		return "", runs.ReasonMissingContactID
	}
	return "", runs.ReasonInvalidContactID
}

// withoutStatus is a record whose status is a word that nobody knows, which is shown to people.
func withoutStatus(contact, word string) audience.Record {
	return audience.Record{Kind: audience.RecordExcluded, Contact: contact, Reason: runs.ReasonUnknownStatus, Detail: audience.ShownCell(strings.TrimSpace(word))}
}

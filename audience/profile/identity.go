package profile

import (
	"audienceflow/audience"
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

// contactOf gives the normalised contact, or the reason why there is none.
func contactOf(raw string) (contact, reason string) {
	contact, ok := audience.NormalizeContactID(raw)
	switch {
	case ok:
		return contact, ""
	case contact == "":
		return "", audience.ReasonMissingContactID
	}
	return "", audience.ReasonInvalidContactID
}

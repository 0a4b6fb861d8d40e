package profile

import (
	"strings"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// Keys that templates of AEP's Destination SDK use in place of a profile's own.
const (
	identitiesKey = "identities"
	// SegmentsKey holds the ids of the audiences that a profile was added to
	// and removed from.
	SegmentsKey = "AdobeExperiencePlatformSegments"
)

// segments finds an audience in the lists of those that the profile was added
// to or removed from. They carry no time. One that is in both was removed.
func (p Profile) segments(id string) membership {
	lists := p.member(SegmentsKey)
	id = strings.TrimPrefix(id, XDMPrefix)
	for _, list := range []struct {
		key    string
		status audience.Status
	}{{"remove", audience.Exited}, {"add", audience.Realized}} {
		found := false
		child(lists, list.key).ForEach(func(_, entry gjson.Result) bool {
			found = strings.TrimPrefix(scalarText(entry), XDMPrefix) == id
			return !found
		})
		if found {
			return membership{status: wordOf(list.status), found: true, undated: true}
		}
	}
	return membership{}
}

func wordOf(s audience.Status) gjson.Result { return gjson.Result{Type: gjson.String, Str: string(s)} }

// listedIdentities gives the entries of a list of identities that name their
// namespace themselves: {"type": "contactId", "id": ...}.
func (p Profile) listedIdentities(namespace string) (list []identity, found bool) {
	p.member(identitiesKey).ForEach(func(_, entry gjson.Result) bool {
		name := scalarText(firstOf(child(entry, "type"), child(entry, "namespace")))
		if strings.EqualFold(strings.TrimPrefix(name, XDMPrefix), namespace) {
			list, found = append(list, readIdentity(entry)), true
		}
		return true
	})
	return list, found
}

// IsProfile tells a profile, of whatever audience, from any other object: it
// has identities, memberships or the contact id that the activation looks for,
// or stands in an audience's list.
func (d *Decoder) IsProfile(p Profile, env *Envelope) bool {
	if env != nil {
		return true
	}
	for _, m := range p.Members {
		switch m.key {
		case identityMapKey, membershipKey, identitiesKey, SegmentsKey:
			return true
		}
	}
	return d.contact.text(p) != ""
}

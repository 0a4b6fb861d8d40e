package profile

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// Profile is one JSON object, its members at hand.
type Profile struct {
	Members []Member
}

// Member is one field of a JSON object.
type Member struct {
	key   string // without xdm:
	value gjson.Result
}

// Parse takes the members of a checked JSON object; ok is false when it
// holds bytes that are no UTF-8.
func Parse(data []byte, reuse []Member) (p Profile, ok bool) {
	if !utf8.Valid(data) {
		return Profile{}, false
	}
	p.Members = reuse[:0]
	gjson.Parse(string(data)).ForEach(func(key, value gjson.Result) bool {
		p.Members = append(p.Members, Member{strings.TrimPrefix(key.Str, XDMPrefix), value})
		return true
	})
	return p, true
}

// find follows a path; the last of several equal keys counts. Where the path
// leads nowhere, a flat key of the same text does.
func (p Profile) find(way fieldPath) gjson.Result {
	value := p.member(way.steps[0])
	for _, step := range way.steps[1:] {
		value = child(value, step)
	}
	if !value.Exists() && len(way.steps) > 1 {
		return p.member(strings.TrimPrefix(way.text, XDMPrefix))
	}
	return value
}

func (p Profile) member(key string) gjson.Result {
	for i := len(p.Members) - 1; i >= 0; i-- {
		if p.Members[i].key == key {
			return p.Members[i].value
		}
	}
	return gjson.Result{}
}

// child gives the entry of an object by key, or of a list by number.
func child(parent gjson.Result, step string) gjson.Result {
	var found gjson.Result
	switch {
	case parent.IsObject():
		parent.ForEach(func(key, value gjson.Result) bool {
			if strings.TrimPrefix(key.Str, XDMPrefix) == step {
				found = value
			}
			return true
		})
	case parent.IsArray() && isIndex(step):
		left, _ := strconv.Atoi(step)
		parent.ForEach(func(_, value gjson.Result) bool {
			if left == 0 {
				found = value
			}
			left--
			return left >= 0
		})
	}
	return found
}

// membership is a profile's part in an audience.
type membership struct {
	status, time gjson.Result
	found        bool
	undated      bool // its form has no place for a time
}

// membership finds the audience's entry. Of several, under spellings of the
// namespace, the later time wins, and of equal times the exit.
func (p Profile) membership(namespace, audience string, c clock) membership {
	var best membership
	for _, m := range p.Members {
		if m.key != membershipKey || !m.value.IsObject() {
			continue
		}
		m.value.ForEach(func(ns, audiences gjson.Result) bool {
			if audiences.IsObject() && strings.EqualFold(strings.TrimPrefix(ns.Str, XDMPrefix), namespace) {
				best = best.later(entryOf(audiences, audience), c)
			}
			return true
		})
	}
	return best
}

func entryOf(audiences gjson.Result, audience string) membership {
	var found membership
	audience = strings.TrimPrefix(audience, XDMPrefix)
	audiences.ForEach(func(id, entry gjson.Result) bool {
		if strings.TrimPrefix(id.Str, XDMPrefix) == audience && entry.Type != gjson.Null {
			found = readMembership(entry)
		}
		return true
	})
	return found
}

func readMembership(entry gjson.Result) membership {
	if !entry.IsObject() {
		return membership{status: entry, found: true}
	}
	return membership{status: child(entry, "status"), time: child(entry, "lastQualificationTime"), found: true}
}

// later gives the membership that counts of two.
func (m membership) later(other membership, c clock) membership {
	if !m.found || !other.found {
		if m.found {
			return m
		}
		return other
	}
	mine, its := c.time(scalarText(m.time)), c.time(scalarText(other.time))
	if !mine.Equal(its) {
		if mine.After(its) {
			return m
		}
		return other
	}
	if s, _ := audience.ParseStatus(scalarText(m.status)); s == audience.Exited {
		return m
	}
	return other
}

// identities gives the entries of an identity namespace, in order; found is
// false when the profile does not have the namespace.
func (p Profile) identities(namespace string) (list []identity, found bool) {
	for _, m := range p.Members {
		if m.key != identityMapKey || !m.value.IsObject() {
			continue
		}
		m.value.ForEach(func(ns, entries gjson.Result) bool {
			if strings.EqualFold(strings.TrimPrefix(ns.Str, XDMPrefix), namespace) {
				found = true
				list = appendIdentities(list, entries)
			}
			return true
		})
	}
	if !found {
		return p.listedIdentities(namespace)
	}
	return list, found
}

func appendIdentities(list []identity, entries gjson.Result) []identity {
	if !entries.IsArray() {
		return append(list, readIdentity(entries))
	}
	entries.ForEach(func(_, entry gjson.Result) bool {
		list = append(list, readIdentity(entry))
		return true
	})
	return list
}

func readIdentity(entry gjson.Result) identity {
	if !entry.IsObject() {
		return identity{id: scalarText(entry)}
	}
	return identity{id: scalarText(child(entry, "id")), primary: child(entry, "primary").Type == gjson.True}
}

// scalarText gives a plain value's text; "" for null, objects and lists.
func scalarText(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number, gjson.True, gjson.False:
		return v.Raw
	}
	return ""
}

// valueOf gives a mapped value.
func valueOf(v gjson.Result) audience.Value {
	switch v.Type {
	case gjson.Null:
		return audience.Value{}
	case gjson.JSON:
		return audience.Value{State: audience.ValueUnusable}
	}
	if v.Type == gjson.String && strings.ContainsRune(v.Str, utf8.RuneError) && hasLoneSurrogate(v.Raw) {
		return audience.Value{State: audience.ValueUnusable}
	}
	return textValue(scalarText(v))
}

// hasLoneSurrogate tells whether a string that decodes to U+FFFD may do so
// because half a character was escaped.
func hasLoneSurrogate(raw string) bool {
	return strings.Contains(raw, `\ud`) || strings.Contains(raw, `\uD`)
}

// textValue gives the value of plain text: blank is empty, and NUL, which no
// column takes, is unusable.
func textValue(text string) audience.Value {
	switch {
	case audience.TrimBlank(text) == "":
		return audience.Value{}
	case strings.IndexByte(text, 0) >= 0:
		return audience.Value{State: audience.ValueUnusable}
	}
	return audience.Value{State: audience.ValueText, Text: text}
}

package profile

import (
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// Where a profile keeps its identities, and its memberships, by namespace.
const (
	identityMapKey = "identityMap"
	membershipKey  = "segmentMembership"
)

// lookup is a compiled source field: a path, or an identity namespace.
type lookup struct {
	way       fieldPath
	namespace string // of identityMap; "" when the field is a path alone
}

// Decoder reads profiles for one audience.
type Decoder struct {
	activation audience.Activation
	clock      clock
	asOf       time.Time
	seen       *Seen
	contact    lookup
	mapping    []lookup
	status     *fieldPath
	time       *fieldPath
	consent    *fieldPath
}

// NewDecoder compiles the activation's fields as paths.
func NewDecoder(a audience.Activation, r Reading) (*Decoder, error) {
	c, err := newClock(a.Source, r)
	if err != nil {
		return nil, err
	}
	d := &Decoder{activation: a, clock: c, asOf: r.AsOf, seen: r.Seen}
	contact, err := parseLookup(a.Source.ContactID)
	if err != nil {
		return nil, fmt.Errorf("source.contactId: %w", err)
	}
	if contact.namespace == "" {
		contact.namespace = strings.TrimPrefix(a.Source.ContactID, XDMPrefix)
	}
	d.contact = contact
	for _, m := range a.Mapping {
		l, err := parseLookup(m.Source)
		if err != nil {
			return nil, fmt.Errorf("mapping.source: %w", err)
		}
		d.mapping = append(d.mapping, l)
	}
	for _, optional := range []struct {
		text string
		to   **fieldPath
		key  string
	}{{a.Source.Status, &d.status, "source.status"}, {a.Source.LastQualificationTime, &d.time, "source.lastQualificationTime"},
		{a.RequireConsent, &d.consent, "requireConsent"}} {
		if optional.text == "" {
			continue
		}
		way, err := ParsePath(optional.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", optional.key, err)
		}
		*optional.to = &way
	}
	d.seen.begin(d)
	return d, nil
}

func parseLookup(text string) (lookup, error) {
	way, err := ParsePath(text)
	if err != nil {
		return lookup{}, err
	}
	l := lookup{way: way}
	if len(way.steps) == 2 && way.steps[0] == identityMapKey {
		l.namespace = way.steps[1]
	}
	return l, nil
}

// text gives the plain text that a lookup leads to: an identity first.
func (l lookup) text(p Profile) string {
	if l.namespace != "" {
		if list, ok := p.identities(l.namespace); ok {
			return chooseIdentity(list)
		}
	}
	return scalarText(p.find(l.way))
}

// value gives the mapped value that a lookup leads to.
func (l lookup) value(p Profile) audience.Value {
	if l.namespace != "" {
		return textValue(l.text(p))
	}
	return valueOf(p.find(l.way))
}

// Read reads one profile. Its checks are, in order: membership, contact id,
// status.
func (d *Decoder) Read(p Profile, env *Envelope) audience.Record {
	r := d.read(p, env)
	d.seen.profile(p, env, r)
	return r
}

func (d *Decoder) read(p Profile, env *Envelope) audience.Record {
	m, at, found := d.member(p, env)
	if !found {
		return audience.Record{Kind: audience.RecordIgnored}
	}
	raw := d.contact.text(p)
	contact, reason := contactOf(raw)
	if reason != "" {
		return withoutContact(raw, reason)
	}
	status, ok := d.activation.Source.ConstantStatus, true
	if status == "" {
		status, ok = audience.ParseStatus(scalarText(m))
	}
	if !ok {
		return withoutStatus(contact, scalarText(m))
	}
	r := audience.Record{Contact: contact, Status: status, Time: at, Values: make([]audience.Value, len(d.mapping))}
	for i, l := range d.mapping {
		r.Values[i] = l.value(p)
	}
	if d.consent != nil {
		requireConsent(&r, scalarText(p.find(*d.consent)))
	}
	return r
}

// member finds the profile's status and time; found is false when it is no
// member, present or past, of the audience.
func (d *Decoder) member(p Profile, env *Envelope) (status gjson.Result, at time.Time, found bool) {
	source := d.activation.Source
	if env != nil {
		return d.aggregated(p, env)
	}
	m := p.membership(d.activation.Namespace, d.activation.Audience, d.clock)
	if !m.found {
		m = p.segments(d.activation.Audience)
	}
	flat := d.status != nil || source.ConstantStatus != ""
	if d.status != nil {
		m.status = p.find(*d.status)
	}
	switch {
	case d.time != nil:
		at = d.clock.counted(scalarText(p.find(*d.time)))
	case flat && !m.found || m.undated:
		at = d.asOf
	default:
		at = d.clock.counted(scalarText(m.time))
	}
	return m.status, at, m.found || flat
}

// aggregated finds status and time of a profile listed under an audience: its
// own membership, its own keys, else those of the list. One that is listed
// without any status is in the audience. A list that has no times at all maps
// none, so that its profiles are dated by its asOf.
func (d *Decoder) aggregated(p Profile, env *Envelope) (status gjson.Result, at time.Time, found bool) {
	if env.Audience != d.activation.Audience || env.namespace != "" && !strings.EqualFold(env.namespace, d.activation.Namespace) {
		return gjson.Result{}, time.Time{}, false
	}
	m := p.membership(d.activation.Namespace, d.activation.Audience, d.clock)
	if !m.found {
		m = p.segments(d.activation.Audience)
	}
	status = firstOf(m.status, p.member("status"), p.member("audienceStatus"), env.status, wordOf(audience.Realized))
	written := firstOf(m.time, p.member("lastQualificationTime"), env.time)
	if !written.Exists() {
		return status, d.asOf, true
	}
	return status, d.clock.counted(scalarText(written)), true
}

func firstOf(values ...gjson.Result) gjson.Result {
	for _, v := range values {
		if v.Type != gjson.Null {
			return v
		}
	}
	return gjson.Result{}
}

// consentGiven is XDM's word for yes; every other, or none, is no consent.
const consentGiven = "y"

// requireConsent turns a realized record without consent into an exit.
func requireConsent(r *audience.Record, consent string) {
	if audience.TrimBlank(consent) != consentGiven && r.Status == audience.Realized {
		r.Status, r.NoConsent = audience.Exited, true
	}
}

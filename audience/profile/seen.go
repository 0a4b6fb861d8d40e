package profile

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
)

// What Seen keeps of a source, however large that is.
const (
	// maxLooked is how many records are searched for the fields that they have.
	maxLooked = 1000
	// maxNames bounds the fields, and the audiences, that are kept.
	maxNames = 2000
	// maxShownAudiences is how many of the other audiences are named.
	maxShownAudiences = 10
)

// Seen counts what a source holds of what an activation names, over all of its
// parts. It is used by one goroutine; the nil Seen counts nothing.
type Seen struct {
	// Records counts those that can be read, Members those of the audience.
	Records, Members int64
	// Times counts the qualification times that are written, BadTimes those that
	// cannot be read.
	Times, BadTimes int64
	// EmptyRows counts rows of tables in which nothing stands, or the header
	// again.
	EmptyRows int64
	// MembersOnly leaves out records of other audiences.
	MembersOnly bool

	passing   bool // records that are passed over do not count
	namespace string
	fields    []*seenField // in the Decoder's order; nil until a Decoder begins
	unmet     int          // fields that no record has yet
	table     bool         // a header has named all columns
	layouts   []string     // with which all bad times can be read
	audiences map[string]int64
	looked    int
	paths     []string
	having    map[string]int // by path
}

// Field is a field that an activation names and no record has.
type Field struct {
	// Key says where in the activation file it stands.
	Key  string
	Path string
	// Mapped tells that Key is a mapping's.
	Mapped bool
	// Near is a field that records have and that is like it, "" for none: the
	// source's own word.
	Near string
}

// seenField is a field that the activation names.
type seenField struct {
	Field
	lookup lookup
	met    bool
}

// Tabular tells that the source, or a part of it, is a table.
func (s *Seen) Tabular() bool { return s.table }

// Pass tells whether the records that follow are passed over.
func (s *Seen) Pass(over bool) {
	if s != nil {
		s.passing = over
	}
}

// CountUnmet counts the fields that no record has yet. A field once met stays so.
func (s *Seen) CountUnmet() int { return s.unmet }

// Unmet are the fields that no record has. Tables have them in their headers.
func (s *Seen) Unmet() []Field {
	var unmet []Field
	if s.table || s.Records == 0 {
		return nil
	}
	for _, f := range s.fields {
		if !f.met {
			f.Near = s.near(f.lookup)
			unmet = append(unmet, f.Field)
		}
	}
	return unmet
}

// OtherAudiences names audiences that the source mentions, the nearest to id
// first, then the most frequent; those of another namespace with it. They are
// known only where the audience itself is never met.
func (s *Seen) OtherAudiences(id string) []string {
	names := make([]string, 0, len(s.audiences))
	for name := range s.audiences {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := s.audiences[b] - s.audiences[a]; d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	if at := slices.Index(names, nearestAudience(id, names)); at > 0 {
		near := names[at]
		names = slices.Insert(slices.Delete(names, at, at+1), 0, near)
	}
	return names[:min(len(names), maxShownAudiences)]
}

// nearestAudience finds the same id in another namespace, else a near one.
func nearestAudience(id string, names []string) string {
	for _, name := range names {
		if strings.HasPrefix(name, id+inNamespace) {
			return name
		}
	}
	return audience.Nearest(id, names)
}

const inNamespace = " in namespace "

// TimeFormats are layouts with which the times that cannot be read can be, and
// that read them differently.
func (s *Seen) TimeFormats() []string {
	var formats, meant []string
	for _, layout := range s.layouts {
		if m := withoutZeros.Replace(layout); !slices.Contains(meant, m) {
			formats, meant = append(formats, layout), append(meant, m)
		}
	}
	return formats
}

var withoutZeros = strings.NewReplacer("02", "2", "01", "1")

// begin takes in the fields that a Decoder looks for.
func (s *Seen) begin(d *Decoder) {
	if s == nil || s.fields != nil {
		return
	}
	s.namespace = d.activation.Namespace
	s.audiences, s.having = map[string]int64{}, map[string]int{}
	for i, l := range d.mapping {
		s.fields = append(s.fields, &seenField{Field: Field{Key: "mapping", Path: d.activation.Mapping[i].Source, Mapped: true}, lookup: l})
	}
	s.fields = append(s.fields, &seenField{Field: Field{Key: "source.contactId", Path: d.activation.Source.ContactID}, lookup: d.contact})
	for _, f := range []struct {
		key string
		way *fieldPath
	}{{"source.status", d.status}, {"source.lastQualificationTime", d.time}, {"requireConsent", d.consent}} {
		if f.way != nil {
			s.fields = append(s.fields, &seenField{Field: Field{Key: f.key, Path: f.way.text}, lookup: lookup{way: *f.way}})
		}
	}
	s.unmet = len(s.fields)
}

// EmptyRow counts a row of a table that is no record.
func (s *Seen) EmptyRow() {
	if s != nil && !s.passing {
		s.table = true
		s.EmptyRows++
	}
}

// row counts a row of a table.
func (s *Seen) row(r audience.Record) {
	if s != nil && !s.passing {
		s.table = true
		s.count(r)
	}
}

func (s *Seen) count(r audience.Record) {
	s.Records++
	if r.Kind != audience.RecordIgnored {
		s.Members++
	}
}

// profile counts a profile.
func (s *Seen) profile(p Profile, env *Envelope, r audience.Record) {
	if s == nil || s.passing || s.MembersOnly && r.Kind == audience.RecordIgnored {
		return
	}
	s.count(r)
	if s.Members == 0 {
		s.otherAudiences(p, env)
	}
	if s.unmet == 0 {
		return
	}
	for _, f := range s.fields {
		if !f.met && f.lookup.leads(p) {
			f.met = true
			s.unmet--
		}
	}
	if s.unmet > 0 && s.looked < maxLooked {
		s.looked++
		s.fieldsOf(p)
	}
}

// leads tells whether a profile has the field, be it empty.
func (l lookup) leads(p Profile) bool {
	if l.namespace != "" {
		if _, found := p.identities(l.namespace); found {
			return true
		}
	}
	return p.find(l.way).Exists()
}

// otherAudiences counts the audiences that a profile mentions.
func (s *Seen) otherAudiences(p Profile, env *Envelope) {
	if env != nil {
		s.audience(env.namespace, env.Audience)
		return
	}
	for _, m := range p.Members {
		switch {
		case m.key == membershipKey && m.value.IsObject():
			m.value.ForEach(func(ns, audiences gjson.Result) bool {
				audiences.ForEach(func(id, entry gjson.Result) bool {
					if entry.Type != gjson.Null {
						s.audience(strings.TrimPrefix(ns.Str, XDMPrefix), strings.TrimPrefix(id.Str, XDMPrefix))
					}
					return true
				})
				return true
			})
		case m.key == SegmentsKey:
			for _, list := range []string{"add", "remove"} {
				child(m.value, list).ForEach(func(_, id gjson.Result) bool {
					s.audience("", strings.TrimPrefix(scalarText(id), XDMPrefix))
					return true
				})
			}
		}
	}
}

func (s *Seen) audience(namespace, id string) {
	if id == "" || len(id) > maxShownName || len(namespace) > maxShownName {
		return
	}
	name := audience.ShownCell(id)
	if namespace != "" && !strings.EqualFold(namespace, s.namespace) {
		name += inNamespace + audience.ShownCell(namespace)
	}
	if _, known := s.audiences[name]; known || len(s.audiences) < maxNames {
		s.audiences[name]++
	}
}

// maxShownName is longer than any name that helps.
const maxShownName = 256

// time counts a time that is written.
func (s *Seen) time(text string, readable bool) {
	if s == nil || s.passing || audience.TrimBlank(text) == "" {
		return
	}
	s.Times++
	if readable {
		return
	}
	if s.BadTimes == 0 {
		s.layouts = knownLayouts
	}
	s.BadTimes++
	if s.BadTimes <= maxLooked {
		s.layouts = readableWith(s.layouts, text)
	}
}

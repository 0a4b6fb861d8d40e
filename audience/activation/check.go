package activation

import (
	"regexp"
	"strings"

	"audienceflow/audience"
)

// Names that become parts of task queues, environment variables and columns.
var (
	destinationName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	columnName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	environmentName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

const (
	// maxIDLength keeps workflow ids, which hold destination and audience,
	// well below Temporal's 1,000.
	maxIDLength = 400
	// maxWordLength is the longest a text column of Dynamics can be.
	maxWordLength = 4000
	// maxColumnLength is Dataverse's limit for a column's name.
	maxColumnLength = 128
)

// check turns drafts into activations and notes everything wrong in them.
func (d *fileReader) check(drafts []draft) []audience.Activation {
	activations := make([]audience.Activation, 0, len(drafts))
	for i := range drafts {
		activations = append(activations, d.activation(&drafts[i]))
	}
	d.distinct(drafts)
	return activations
}

func (d *fileReader) activation(f *draft) audience.Activation {
	a := audience.Activation{
		Destination:    d.required(f.destination, f.line, "destination", "it names the DYNAMICS_* environment, usually dynamics"),
		Audience:       d.required(f.audience, f.line, "audience", "it is the audience's id in the source"),
		Namespace:      f.namespace.or("ups"),
		MappingID:      d.required(f.mappingID, f.line, "mappingId", "it names the column that shows the status"),
		OnExit:         d.oneOf(f.onExit, "onExit", audience.OnExitWrite, audience.OnExitClear, audience.OnExitKeep),
		OnBadValue:     d.oneOf(f.onBadValue, "onBadValue", audience.OnBadValueSkip, audience.OnBadValueReject),
		Guard:          f.guard,
		RequireConsent: f.consent.value,
		Tolerance:      f.tolerance,
		Name:           f.name.value,
		Description:    f.description.value,
	}
	d.names(f)
	a.Statuses = d.statuses(f)
	a.Mapping = d.targets(f)
	a.Alerts = d.alerts(f)
	a.ExpectEvery = d.expectEvery(f.expectEvery)
	a.Source = d.checkSource(f)
	return a
}

func (d *fileReader) required(t text, line int, key, why string) string {
	if !t.given() {
		d.problems.add(line, "%s is missing: %s", key, why)
	}
	return t.value
}

// oneOf checks a word against a list, whose first is the default.
func (d *fileReader) oneOf(t text, key string, words ...string) string {
	if !t.given() {
		return words[0]
	}
	for _, w := range words {
		if t.value == w {
			return w
		}
	}
	hint := ""
	if near := audience.Nearest(t.value, words); near != "" {
		hint = "; did you mean " + near + "?"
	}
	list := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	d.problems.add(t.line, "%s must be %s%s", key, list, hint)
	return words[0]
}

func (d *fileReader) names(f *draft) {
	if t := f.destination; t.given() && !destinationName.MatchString(t.value) {
		d.problems.add(t.line, "destination may hold letters, digits, - and _ only")
	}
	if t := f.mappingID; t.given() && (!columnName.MatchString(t.value) || len(t.value) > maxColumnLength) {
		d.problems.add(t.line, "mappingId must be a column's name: letters, digits and _, such as vipstatus")
	}
	for _, t := range []struct {
		text
		key string
	}{{f.audience, "audience"}, {f.namespace, "namespace"}, {f.destination, "destination"}} {
		if len(t.value) > maxIDLength {
			d.problems.add(t.line, "%s is longer than %d characters", t.key, maxIDLength)
		}
		if strings.ContainsAny(t.value, "\r\n\t") {
			d.problems.add(t.line, "%s must stand on one line", t.key)
		}
	}
}

func (d *fileReader) statuses(f *draft) audience.Statuses {
	words := audience.Statuses{Realized: f.wordRealized.or(string(audience.Realized)), Exited: f.wordExited.or(string(audience.Exited))}
	line := max(f.wordRealized.line, f.wordExited.line)
	// Dynamics compares text without case, so words that differ in case alone
	// could not be told apart there.
	if strings.EqualFold(words.Realized, words.Exited) {
		d.problems.add(line, "statuses.realized and statuses.exited are the same word; they must differ")
	}
	if len(words.Realized) > maxWordLength || len(words.Exited) > maxWordLength {
		d.problems.add(line, "a word of statuses is longer than %d characters", maxWordLength)
	}
	return words
}

func (d *fileReader) targets(f *draft) []audience.Mapping {
	var mapping []audience.Mapping
	first := map[string]int{}
	for _, m := range f.mapping {
		source := d.required(m.source, m.line, "mapping.source", "say which field of the profile is copied")
		target := d.required(m.target, m.line, "mapping.target", "say which column of the contact it goes to")
		mapping = append(mapping, audience.Mapping{Source: source, Target: target,
			WhenEmpty: d.oneOf(m.whenEmpty, "mapping.whenEmpty", audience.WhenEmptySkip, audience.WhenEmptyClear)})
		name := strings.ToLower(target)
		switch line, twice := first[name]; {
		case !m.target.given():
		case twice:
			d.problems.add(m.target.line, "target %s is mapped twice, first in line %d; keep one", printable(target), line)
		case strings.EqualFold(target, f.mappingID.value):
			d.problems.add(m.target.line, "target %s is the status column of mappingId; it cannot take a mapped value as well", printable(target))
		case name == "contactid":
			d.problems.add(m.target.line, "target %s is the contact's key, which cannot be changed; leave it out", printable(target))
		default:
			first[name] = m.target.line
		}
	}
	return mapping
}

// distinct refuses two entries for the same audience or the same column.
func (d *fileReader) distinct(drafts []draft) {
	audiences := map[string]int{}
	for i, f := range drafts {
		if key := f.destination.value + "\x00" + f.audience.value; f.audience.given() {
			line := max(f.audience.line, f.line)
			if first, twice := audiences[key]; twice {
				d.problems.add(line, "audience %s is listed twice, first in line %d; keep one", printable(f.audience.value), first)
			} else {
				audiences[key] = line
			}
		}
		d.ownColumn(f, drafts[:i])
	}
}

// ownColumn refuses a column that an audience listed before has, with or without its Customization
// Prefix.
func (d *fileReader) ownColumn(f draft, before []draft) {
	mine := strings.ToLower(f.mappingID.value)
	for _, other := range before {
		theirs := strings.ToLower(other.mappingID.value)
		line, first := max(f.mappingID.line, f.line), max(other.mappingID.line, other.line)
		switch {
		case !f.mappingID.given() || f.destination.value != other.destination.value:
		case mine == theirs:
			d.problems.add(line, "mappingId %s is already used by the audience in line %d; each audience needs a column of its own",
				printable(mine), first)
			return
		case withoutPrefix(mine) == theirs || mine == withoutPrefix(theirs):
			d.problems.add(line, "mappingId %s is the same column as %s of the audience in line %d, but for the Customization Prefix; "+
				"each audience needs a column of its own (where they are two columns, write both with the prefix)",
				printable(mine), printable(theirs), first)
			return
		}
	}
}

// publisherPrefix is the form of a Customization Prefix at the beginning of a column's name.
var publisherPrefix = regexp.MustCompile(`^[a-z][a-z0-9]{1,7}_`)

// withoutPrefix is a column's name without what may be its Customization Prefix.
func withoutPrefix(name string) string { return name[len(publisherPrefix.FindString(name)):] }

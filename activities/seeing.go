package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/runs"
)

// emptyFrom is how many records a source needs for an audience, or a mapped path, that none of them
// has to be an error.
const emptyFrom = 100

// finding is something that an activation names and its source does not hold as named.
type finding struct {
	// says it in the activation's own words and counts; shows adds words of the source, for people
	// alone.
	says, shows string
	// empty: no record has the audience, or the mapped path.
	empty bool
}

// findingsOf compares an activation with what was seen of its source. of counts the records that
// were read, in words.
func findingsOf(a Activation, seen *source.Seen, of string) []finding {
	var found []finding
	if seen.Records > 0 && seen.Members == 0 && !a.Source.AllowEmpty {
		found = append(found, withoutAudience(a, seen, of))
	}
	for _, field := range seen.Unmet() {
		if a.Source.AllowEmpty && field.Mapped {
			continue
		}
		f := finding{says: fmt.Sprintf("%s %s: no record of %s has it", field.Key, field.Path, of), empty: field.Mapped}
		if field.Near != "" {
			f.shows = fmt.Sprintf("for %s there is %s", field.Path, field.Near)
		}
		found = append(found, f)
	}
	if seen.BadTimes > 0 {
		found = append(found, finding{says: badTimes(seen)})
	}
	if seen.EmptyRows > 0 {
		found = append(found, finding{says: emptyRows(seen.EmptyRows)})
	}
	return found
}

func emptyRows(n int64) string {
	if n == 1 {
		return "1 row is blank, or the header once more, and was ignored"
	}
	return runs.Sprintf("%s rows are blank, or the header once more, and were ignored", n)
}

func withoutAudience(a Activation, seen *source.Seen, of string) finding {
	f := finding{empty: true, says: fmt.Sprintf("no record of %s mentions audience %s in namespace %s: check both", of, a.Audience, a.Namespace)}
	others := seen.OtherAudiences(a.Audience)
	switch {
	case len(others) > 0:
		f.shows = "it mentions " + strings.Join(others, ", ")
	case a.Source.SQL == "" && !seen.Tabular():
		f.says += "; nor any other: records without memberships need source.status or source.constantStatus"
	}
	return f
}

// badTimes says what becomes of times that cannot be read, and which formats read them.
func badTimes(seen *source.Seen) string {
	text := runs.Sprintf("%s of %s qualification times cannot be read and count as oldest", seen.BadTimes, seen.Times)
	if seen.BadTimes == seen.Times {
		text = runs.Sprintf("none of the %s qualification times can be read, so they count as oldest", seen.Times)
	}
	formats := seen.TimeFormats()
	switch len(formats) {
	case 0:
		return text + "; say in source.timeFormat how they are written"
	case 1:
		return fmt.Sprintf("%s; write source.timeFormat: %q", text, formats[0])
	}
	return fmt.Sprintf("%s; write source.timeFormat: %q, or %q where that is meant", text, formats[0], formats[1])
}

// MissingFrom says what an activation names and a source does not hold as named, by what was seen
// of it; of counts what was read, in words. What is said is the activation's own; what is shown
// holds words of the source, and does not travel through Temporal.
func MissingFrom(a Activation, seen *source.Seen, of string) (said, shown []string) {
	found := findingsOf(a, seen, of)
	for _, f := range found {
		text := f.says
		if f.shows != "" {
			text += " (" + f.shows + ")"
		}
		shown = append(shown, text)
	}
	return says(found), shown
}

// says are the findings in the activation's own words, which may travel.
func says(found []finding) []string {
	var texts []string
	for _, f := range found {
		texts = append(texts, f.says)
	}
	return texts
}

// shows are the words of the source that belong to them.
func shows(found []finding) string {
	var texts []string
	for _, f := range found {
		if f.shows != "" {
			texts = append(texts, f.shows)
		}
	}
	return strings.Join(texts, "; ")
}

// emptiness is the error of a source that has nothing of what the activation names, nil while that
// may be as it should: the audience has exported something before, or the source is too small to
// tell.
func (o Options) emptiness(ctx context.Context, a Activation, column, name string, seen *source.Seen, found []finding) error {
	found = slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return !f.empty })
	if len(found) == 0 || seen.Records < emptyFrom {
		return nil
	}
	exported, err := o.Store.CountExported(ctx, a.Destination, column)
	if err != nil || sumExported(exported) > 0 {
		return err
	}
	return &audience.SourceError{
		Cause: audience.CauseEmpty, Source: name, Detail: shows(found),
		Message: strings.Join(says(found), "; ") + "; where that is as it should be, write source.allowEmpty: true",
	}
}

// see judges the source of a run, which was read to its end. It keeps the source's own words in the
// store, and returns the others.
func (p *Planning) see(ctx context.Context, run string, s settings, name string, seen *source.Seen) ([]string, error) {
	found := findingsOf(s.Activation, seen, strconv.FormatInt(seen.Records, 10))
	if err := p.o.emptiness(ctx, s.Activation, s.Status.LogicalName, name, seen, found); err != nil {
		return nil, err
	}
	p.o.keepDetail(ctx, run, shows(found))
	return says(found), nil
}

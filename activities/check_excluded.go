package activities

import (
	"slices"
	"strings"

	"audienceflow/audience"
	"audienceflow/runs"
)

// shownPlaces is how many of the excluded records are named of each reason.
const shownPlaces = 5

// exclusion is why records of a sample were excluded, and where the first of them stand.
type exclusion struct {
	reason string
	count  int64
	says   string // of the first
	others bool   // say something else
	places []string
}

// exclusionSays is what the records of a reason have, and what to do.
var exclusionSays = map[string]string{
	runs.ReasonMissingContactID: "what source.contactId names is empty there",
	runs.ReasonInvalidContactID: "what source.contactId names is no GUID there: is it the id of the contact in Dynamics?",
	runs.ReasonUnknownStatus: "the status there is none of realized, existing, active, exited, exiting, expired: " +
		"name its column or path as source.status, or give source.constantStatus",
}

// exclude counts an excluded record. The detail of an unreadable one says how it breaks; that of
// others may be a word of the source, which does not travel through Temporal.
func (s *sample) exclude(r audience.Record, part string) {
	s.excluded++
	i := slices.IndexFunc(s.exclusions, func(e exclusion) bool { return e.reason == r.Reason })
	says, known := exclusionSays[r.Reason]
	if !known {
		says = r.Detail
	}
	if i < 0 {
		i = len(s.exclusions)
		s.exclusions = append(s.exclusions, exclusion{reason: r.Reason, says: says})
	}
	e := &s.exclusions[i]
	e.count++
	e.others = e.others || says != e.says
	if len(e.places) < shownPlaces {
		e.places = append(e.places, r.Place(part))
	}
}

// manyFrom is how many records it takes to tell what most of them are like.
const manyFrom = 10

// mostly tells whether so many are most of what was read.
func (s *sample) mostly(count int64) bool { return count >= manyFrom && 2*count > s.records }

// exclusionSteps say why records were excluded. Records without a contact id are ordinary,
// anonymous profiles, where others have one.
func (s *sample) exclusionSteps() []CheckStep {
	var steps []CheckStep
	for _, e := range s.exclusions {
		says := e.says
		if e.others {
			says += ", and other causes"
		}
		where := strings.Join(e.places, ", ")
		if e.count > int64(len(e.places)) {
			where += ", ..."
		}
		step := CheckStep{Name: StepRecords, OK: true, Detail: runs.Sprintf("excluded as %s: %s (%s): %s", e.reason, e.count, where, says)}
		switch {
		case e.reason == runs.ReasonUnreadable && s.mostly(e.count):
			step.OK, step.Fix = false, "most records cannot be read: the file is most likely written in another way than source says"
		case e.reason != runs.ReasonMissingContactID || e.count >= s.seen.Members:
			step.Warning = true
		}
		steps = append(steps, step)
	}
	return steps
}

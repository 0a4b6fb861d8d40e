package runs

import (
	"fmt"
	"strings"
	"time"
)

// Scopes of a validation.
const (
	ScopeRun = "run" // the contacts that the run wrote, contact by contact; the column as a whole by its counts
	ScopeAll = "all" // every contact exported to the column
)

// Tally compares what the ledger expects with what Dynamics holds, for one audience status.
type Tally struct {
	Expected int64 `json:"expected"`
	Actual   int64 `json:"actual"`
}

// TallyByStatus is the tally of each audience status.
type TallyByStatus struct {
	Realized Tally `json:"realized"`
	Exited   Tally `json:"exited"`
}

// Validation is the outcome of reading contacts back: those that a run wrote (ScopeRun), or all
// (ScopeAll). Expected is Matched + Mismatched + Missing, of the contacts read back. ByStatus
// counts over the whole column in either scope; Unexpected are contacts that hold one of our words
// without the ledger knowing them.
type Validation struct {
	Validation  string        `json:"validation"`
	Scope       string        `json:"scope,omitempty"`
	Run         string        `json:"run,omitempty"`
	WorkflowID  string        `json:"workflowId,omitempty"`
	Destination string        `json:"destination"`
	Audience    string        `json:"audience"`
	Column      string        `json:"column"`
	StoreID     string        `json:"storeId,omitempty"`
	Verdict     string        `json:"verdict"`
	Expected    int64         `json:"expected"`
	Matched     int64         `json:"matched"`
	Mismatched  int64         `json:"mismatched"`
	Missing     int64         `json:"missing"`
	Unexpected  int64         `json:"unexpected"`
	ByStatus    TallyByStatus `json:"byStatus"`
	StartedAt   time.Time     `json:"startedAt"`
	EndedAt     *time.Time    `json:"endedAt,omitempty"`
}

// Judge gives the verdict. It is a match when no more than the tolerated share of contacts differs.
// After a run, the contacts read back and the counts of the whole column have to hold each by
// themselves: a contact may be in both.
func (v Validation) Judge(tolerance float64) string {
	tolerated := func(different, of int64) bool { return different == 0 || float64(different) <= tolerance*float64(of) }
	fine := tolerated(v.Mismatched+v.Missing+v.Unexpected, v.Expected)
	if v.Scope == ScopeRun {
		whole := v.ByStatus.Realized.Expected + v.ByStatus.Exited.Expected
		fine = tolerated(v.Mismatched+v.Missing, v.Expected) && tolerated(max(v.ByStatus.Gap(), v.Unexpected), whole)
	}
	if fine {
		return VerdictMatch
	}
	return VerdictMismatch
}

// Differences says in numbers what of a validation differs.
func (v Validation) Differences() string {
	var parts []string
	for _, one := range []struct {
		n    int64
		what string
	}{{v.Mismatched, "mismatched"}, {v.Missing, "missing"}, {v.Unexpected, "unexpected"}} {
		if one.n > 0 {
			parts = append(parts, Count(one.n)+" "+one.what)
		}
	}
	text := "no difference in " + Count(v.Expected) + " contacts read back"
	if len(parts) > 0 {
		text = strings.Join(parts, ", ") + " of " + Count(v.Expected) + " contacts"
	}
	for _, one := range []struct {
		Tally
		status string
	}{{v.ByStatus.Realized, "realized"}, {v.ByStatus.Exited, "exited"}} {
		if one.Expected != one.Actual {
			text += fmt.Sprintf("; %s in the whole column: expected %s, actual %s", one.status, Count(one.Expected), Count(one.Actual))
		}
	}
	return text
}

// Gap is how many contacts, at the least, hold another word than the ledger says: one that turned
// from one status to the other is a difference in both counts.
func (t TallyByStatus) Gap() int64 {
	var more, less int64
	for _, tally := range []Tally{t.Realized, t.Exited} {
		more += max(0, tally.Actual-tally.Expected)
		less += max(0, tally.Expected-tally.Actual)
	}
	return max(more, less)
}

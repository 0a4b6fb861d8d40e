package report

import (
	"audienceflow/runs"
)

// Complete adds to a report what follows from the rest of it: the verdict and, of an unmapping,
// what it has cleared and kept.
func Complete(r runs.Report) runs.Report {
	switch {
	case r.Validation != nil:
		r.Verdict = r.Validation.Verdict
	case unproven(r):
		r.Verdict = runs.VerdictUnproven
	}
	if unmaps(r) {
		cleared, kept := r.Activated, kept(r)
		r.Cleared, r.Kept = &cleared, &kept
	}
	return r
}

// unproven reports whether a run has written what nobody has read back, and will not any more. Of
// an unmapping nothing is left to be read back, and a stream is validated by itself.
func unproven(r runs.Report) bool {
	switch r.Kind {
	case "", runs.KindActivate, runs.KindReplay, runs.KindRepair:
		return r.Status == runs.StatusCanceled && r.Activated > 0
	}
	return false
}

// unmaps reports whether a run, or what a dry run is of, frees a column.
func unmaps(r runs.Report) bool {
	return r.Kind == runs.KindUnmap || r.Plans == runs.KindUnmap
}

// kept counts the contacts whose column an unmapping leaves as it is: by its policy, or since
// somebody has changed it.
func kept(r runs.Report) int64 { return r.Unchanged + r.Reasons[runs.ReasonChangedSince] }

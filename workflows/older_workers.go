package workflows

import (
	"audienceflow/activities"
	"audienceflow/runs"
)

// batchSums add up what batches say of themselves. Workers of before the numbers of a run came with
// each of its batches told no more, so the histories that they have begun, and they alone, need it
// to replay. By its number it holds, of each batch that was begun and is not done, the rows already
// in the report.
type batchSums map[int]activities.UpdateContactsResult

// recordedRun is the answer of RecordRun with what such workers said of the batches that were begun
// and not done.
type recordedRun struct {
	activities.RecordRunResult
	Open batchSums `json:"open,omitempty"`
}

// add returns n with the rows of a batch moved from pending to their outcomes.
func (s batchSums) add(n runs.Numbers, batch int, b activities.UpdateContactsResult) runs.Numbers {
	n = moved(moved(n, s[batch], -1), b, 1)
	if b.Pending > 0 {
		s[batch] = b
	} else {
		delete(s, batch)
	}
	return n
}

func moved(n runs.Numbers, b activities.UpdateContactsResult, sign int64) runs.Numbers {
	n.Activated += sign * b.Activated
	n.Unchanged += sign * b.Unchanged
	n.Superseded += sign * b.Superseded
	n.Failed += sign * b.Failed
	n.Pending -= sign * (b.Activated + b.Unchanged + b.Superseded + b.Failed)
	n.Warnings += sign * b.Warnings
	n.ByStatus.Realized += sign * b.ByStatus.Realized
	n.ByStatus.Exited += sign * b.ByStatus.Exited
	n.Reasons = summed(n.Reasons, b.Reasons, sign)
	return n
}

// summed adds up counts by key; keys that come to zero go.
//
//workflowcheck:ignore the order of the keys makes no difference to their sums
func summed(counts, more map[string]int64, sign int64) map[string]int64 {
	sums := make(map[string]int64, len(counts)+len(more))
	for key, count := range counts {
		sums[key] = count
	}
	for key, count := range more {
		if sums[key] += sign * count; sums[key] == 0 {
			delete(sums, key)
		}
	}
	return sums
}

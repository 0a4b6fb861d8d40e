package workflows

import (
	"audienceflow/activities"
	"audienceflow/runs"
)

// plus returns n with the rows of a batch moved from pending to their outcomes. n is left as it is.
func plus(n runs.Numbers, b activities.UpdateContactsResult) runs.Numbers { return moved(n, b, 1) }

// less takes back what plus did with the same batch.
func less(n runs.Numbers, b activities.UpdateContactsResult) runs.Numbers { return moved(n, b, -1) }

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

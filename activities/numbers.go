package activities

import "maps"

// Plus returns n with the rows of a batch moved from pending to their outcomes. n is left as it is.
func (n Numbers) Plus(b UpdateContactsResult) Numbers { return n.moved(b, 1) }

// Less takes back what Plus did with the same batch.
func (n Numbers) Less(b UpdateContactsResult) Numbers { return n.moved(b, -1) }

func (n Numbers) moved(b UpdateContactsResult, sign int64) Numbers {
	n.Activated += sign * b.Activated
	n.Unchanged += sign * b.Unchanged
	n.Superseded += sign * b.Superseded
	n.Failed += sign * b.Failed
	n.Pending -= sign * (b.Activated + b.Unchanged + b.Superseded + b.Failed)
	n.Warnings += sign * b.Warnings
	n.ByStatus.Realized += sign * b.ByStatus.Realized
	n.ByStatus.Exited += sign * b.ByStatus.Exited
	n.Reasons = maps.Clone(n.Reasons)
	if n.Reasons == nil {
		n.Reasons = map[string]int64{}
	}
	for reason, count := range b.Reasons {
		n.Reasons[reason] += sign * count
		if n.Reasons[reason] == 0 {
			delete(n.Reasons, reason)
		}
	}
	return n
}

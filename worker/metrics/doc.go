// Package metrics is what a worker measures of itself: Temporal's SDK, the requests to Dynamics,
// what its steps get done, and how its destinations stand by the store. Labels are destinations,
// audiences and words of a fixed set: never a contact, never a run.
package metrics

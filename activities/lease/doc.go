// Package lease tells an attempt at a batch whether the batch is still its own. It owns the clock
// by which that is judged, one that goes on while the machine is suspended. It keeps nothing on
// disk: the store holds a lease for all, and says when it was prolonged. It knows neither batches
// nor Dynamics.
package lease

// Package receive is the HTTP front of always-on streams: it takes profiles in, keeps their
// memberships in the store's inbox before it answers, and wakes the streams that carry them on.
//
// It owns the endpoint's contract, the sign-in of senders, and which activation files are in force.
// It must not know Temporal or Dynamics: waking is somebody else's function.
package receive

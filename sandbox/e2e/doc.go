// Package e2e tests Audienceflow whole: real worker and starter processes against an embedded
// Temporal server and the simulated Dynamics 365. All tests of a process share one server, since
// its database pool never closes; each has a destination of its own, and with it a task queue, a
// store and a Dynamics.
package e2e

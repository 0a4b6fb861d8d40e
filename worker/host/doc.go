// Package host runs the workflows and activities of one or more destinations in a process: a worker
// on each destination's task queue, sharing one connection to Temporal and one store.
//
// It owns the worker's configuration and its orderly start and stop. It is used by the worker
// command and by the sandbox.
package host

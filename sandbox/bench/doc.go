// Command bench measures Audienceflow on this machine: each stage of a first activation, a second
// one with few changes, the validation, the throughput at the service protection limits and the
// worker's memory, next to a bare loop that posts ready-made UpdateMultiple bodies and to other
// ways of writing the same contacts.
//
// It owns how things are measured and must not change what it measures: the worker is the one that
// is shipped, in a process of its own with its default settings, and so is the simulated Dynamics
// 365.
package main

// Package alerts decides what people are told of runs: which trouble a report shows, what a target
// that has been told some things already is to hear, when it is over, and in which words. It sends
// nothing and keeps nothing: package store keeps what each target has been told, package targets
// reaches them.
package alerts

// Package command is the command line of Audienceflow: it starts, watches and steers runs through
// Temporal, and shows what the activation store keeps about them.
//
// It owns exit codes, output and progress. It holds no secrets of any destination: whatever talks
// to Dynamics runs on a worker.
package command

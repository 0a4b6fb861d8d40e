// Package monitoring is how programs that keep running are seen from outside: /healthz, /readyz and
// /metrics, and the level and form of their logs.
//
// It knows neither Temporal nor Dynamics: what is checked and what is measured is given to it.
package monitoring

// Package destinations holds what is known of each destination beside its ledgers: that workers
// serve it, whether an operator has paused it, which environment of Dynamics 365 it is bound to,
// how many rows were sent to it within a day and what writing takes, and what its alert targets
// were told.
//
// On disk:
//
//	destinations  destination  paused  reason  by_whom  since  organization  address  bound_at
//	              dynamics     0                               7f3c..        org5.crm4..  t
//	sent_rows     destination  minute  rows      a row for each minute of the last day
//	              dynamics     t       12000
//	write_times   destination  rows    micros      in_flight
//	              dynamics     120000  3600000000  8
//	alert_states  destination  audience  target  troubles  notice  since
//
// Invariants:
//
//  1. A pause in force keeps its first reason and time.
//  2. A binding changes of itself only while nothing rests on it: no entry of a ledger, no run under
//     way. Otherwise a person rebinds the destination.
//  3. Within 24 hours no more rows are granted than the budget allows; the rows of a booking are
//     counted in the transaction that books them.
//
// It knows that ledgers and runs exist, and looks into neither. It keeps the word of an operator;
// that nothing is sent meanwhile is up to its callers.
package destinations

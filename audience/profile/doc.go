// Package profile reads one record for one audience: an XDM profile as JSON
// (Decoder), or a row of a table whose header names the columns (Table).
//
//	{"identityMap": ..., "segmentMembership": ..., "person": ...}   Decoder.Read -> audience.Record
//	contactId,status,firstName                                      Table.Read   -> audience.Record
//
// Invariants: the checks come in the order membership, contact id, status; the
// same profile gives the same Record in whatever form it arrives; xdm: may
// stand before any key; namespaces compare without case.
//
// It must not know where records come from: no files, formats or encodings.
package profile

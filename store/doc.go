// Package store keeps what an activation must not forget: staged rows, batches, the two ledgers of what Dynamics holds by our
// knowledge, rejected rows and the history of runs. It speaks SQL to SQLite or PostgreSQL (see sqldb), with one
// schema and one set of statements, and decides which rows have to be sent (see decide).
//
// It owns the truth about order and about what was accepted. It knows nothing of sources, of Dynamics' Web API and of Temporal:
// contacts, columns, words and canonical values come in as plain text, and nothing here makes a network request but to the
// database. Errors never hold contacts or values.
package store

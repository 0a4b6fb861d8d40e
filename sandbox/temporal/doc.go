// Package temporal embeds a whole Temporal server, its SQLite database and its web UI in this
// process: what `temporal server start-dev` does, as a library with named errors.
//
// It owns the wiring of the server and nothing of Audienceflow but the names of the search
// attributes: it starts no worker and no workflow, and reads neither flags nor the environment.
// Only server.go imports the server's packages, which promise no stability, so that an upgrade is
// one file's work.
//
// The server's SQLite pool never closes a database. A process should start few servers in its life,
// and tests share one.
package temporal

package runlog

import "audienceflow/store/sqldb"

// Log reads and writes what is known of runs.
type Log struct {
	db    *sqldb.DB
	cache runCache
}

// New gives the runs of a store's database.
func New(db *sqldb.DB) *Log { return &Log{db: db} }

package staging

import (
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// Staging reads and writes the rows of runs.
type Staging struct {
	db       *sqldb.DB
	runs     *runlog.Log
	pageRows int
}

// New gives the rows of a store's runs, in pages of so many.
func New(db *sqldb.DB, log *runlog.Log, pageRows int) *Staging {
	return &Staging{db: db, runs: log, pageRows: pageRows}
}

package destinations

import "audienceflow/store/sqldb"

// Registry reads and changes what is known of all destinations.
type Registry struct{ db *sqldb.DB }

// New gives the destinations of a store's database.
func New(db *sqldb.DB) *Registry { return &Registry{db: db} }

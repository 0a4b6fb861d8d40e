package store

import "time"

// Exported is what Dynamics holds of a contact by our knowledge.
type Exported struct {
	Contact     string
	Word        *string // in the status column; nil is null
	Exited      bool
	QualifiedAt time.Time
	AsOf        time.Time
	Values      []Change // mapped attributes, by column name
}

// ExportedCount is how many contacts hold a word in a status column, by our knowledge.
type ExportedCount struct {
	Word     *string
	Exited   bool // by audience status: with onExit keep or clear the word alone does not tell
	Contacts int64
}

package ledger

import (
	"cmp"

	"audienceflow/store/sqldb"
)

// Key is what rows of one contact are ordered by: the time of qualification, an exit above a
// realization, the age of the source.
type Key struct {
	QualifiedAt int64
	Exited      bool
	AsOf        int64
}

// Compare is negative if k is older than other: by time, then exited above realized, then by the
// source.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.QualifiedAt, other.QualifiedAt), cmp.Compare(sqldb.Bit(k.Exited), sqldb.Bit(other.Exited)), cmp.Compare(k.AsOf, other.AsOf))
}

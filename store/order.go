package store

import (
	"audienceflow/store/sqldb"
	"cmp"
)

// key is what rows of one contact are ordered by: the time of qualification, an exit above a realization, the age of the source.
type key struct {
	qualifiedAt int64
	exited      bool
	asOf        int64
}

func (r *StagedRow) key() key {
	return key{sqldb.Micros(r.QualifiedAt), r.Exited, sqldb.Micros(r.AsOf)}
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.qualifiedAt, other.qualifiedAt), cmp.Compare(sqldb.Bit(k.exited), sqldb.Bit(other.exited)), cmp.Compare(k.asOf, other.asOf))
}

package staging

import (
	"encoding/json"
	"time"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// How the word of a staged row's status column is chosen.
const (
	WordByPolicy = ""      // from the row's status and the policy
	WordSet      = "set"   // StagedRow.Word, whatever the status says (repair, unmap); nil clears
	WordLeave    = "leave" // the status column is not sent at all (repair of mapped attributes)
)

// Row is one record of a source that names a contact, ready to be compared and sent.
type Row struct {
	Position    int64     // 1, 2, 3 ... in the source; ties of equal rows go to the higher one
	Line        int64     // line in the source, 1-based; 0: none
	Record      int64     // place in the body that it came in, 1-based, where Position counts all bodies; 0: Position is its place
	Contact     string    // GUID, lower case
	Exited      bool      // else realized
	QualifiedAt time.Time // zero: oldest
	AsOf        time.Time // of the source
	Attributes  []byte    // JSON object: logical column -> canonical string or null; a missing key leaves the column alone; nil: {}
	OtherAsOf   string    // JSON object: logical column -> microseconds, of values that are of another time than AsOf; "": none
	Warnings    int       // values left out
	LeftOut     []LeftOut // what they were; may tell of fewer
	BadColumn   string    // a value that rejects the row (onBadValue: reject): failed at planning (invalid_value), never sent
	BadReason   string    // why, for people; holds no value
	WordMode    string    // WordByPolicy, WordSet, WordLeave
	Word        *string   // with WordSet
}

// Excluded is a record of a source that cannot be sent.
type Excluded struct {
	Position int64
	Line     int64
	Record   int64 // as in Row
	// Contact is set when the record names one all the same (unknown_status): such a contact is not
	// absent. Of an invalid id it is what stands there instead.
	Contact string
	Reason  string // missing_contact_id, invalid_contact_id, unknown_status, unreadable_record
	Text    string // what more there is to say; none of the record's data
}

// Chunk is a stretch of a source: the records at positions From+1 to To, all of them accounted for.
type Chunk struct {
	From, To int64
	Rows     []Row
	Excluded []Excluded
	Ignored  int64 // records without a membership of this audience

	WithoutConsent int64 // of Rows: members whose exit is for lack of consent

	// After is the last contact that the chunk has dealt with, where rows are derived from what may
	// have changed by the next try: that goes on behind it (see StagedAfter), and what was staged
	// stays. A source that gives the same rows again needs none.
	After string
}

// DateValues dates some of the row's values anew, as those of a person who has put them right: the
// others stay of the source's time.
func (r *Row) DateValues(columns []string, asOf time.Time) error {
	dates := map[string]int64{}
	if r.OtherAsOf != "" {
		if err := sqldb.AsDamaged("the dates of a row's values", json.Unmarshal([]byte(r.OtherAsOf), &dates)); err != nil {
			return err
		}
	}
	for _, column := range columns {
		dates[column] = sqldb.Micros(asOf)
	}
	text, err := json.Marshal(dates)
	r.OtherAsOf = string(text)
	return err
}

// Key is what the row is ordered by.
func (r *Row) Key() ledger.Key {
	return ledger.Key{QualifiedAt: sqldb.Micros(r.QualifiedAt), Exited: r.Exited, AsOf: sqldb.Micros(r.AsOf)}
}

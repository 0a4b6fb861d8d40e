package store

// GuardNumbers are what the guards judge by.
type GuardNumbers struct {
	ToSend     int64 `json:"toSend"`     // rows pending, after planning
	Exits      int64 `json:"exits"`      // of ToSend: exits
	Turning    int64 `json:"turning"`    // of Exits: contacts realized by the ledger
	Realized   int64 `json:"realized"`   // contacts now realized by the ledger
	Overwrites int64 `json:"overwrites"` // of ToSend: the status column holds a word that is not ours
}

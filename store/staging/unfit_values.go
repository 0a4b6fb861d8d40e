package staging

import (
	"encoding/json"

	"audienceflow/store/sqldb"
)

// LeftOut is a value that does not fit its column and was left out of its row. The value itself is
// kept nowhere.
type LeftOut struct {
	Column string `json:"c"`
	Cause  string `json:"r"`           // half a sentence: "longer than 100 characters"
	Length int    `json:"n,omitempty"` // of the value, in UTF-16 units as Dynamics counts them; 0: it is no text
}

// leftOutText is how a row keeps them; "" for none.
func leftOutText(all []LeftOut) string {
	if len(all) == 0 {
		return ""
	}
	text, err := json.Marshal(all)
	if err != nil { // strings and numbers always marshal
		return ""
	}
	return string(text)
}

func parseLeftOut(text string) (all []LeftOut, err error) {
	if text == "" {
		return nil, nil
	}
	return all, sqldb.AsDamaged("a list of values left out", json.Unmarshal([]byte(text), &all))
}

package terminal

// The colours of words by which something stands: three, and no more.
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	reset  = "\x1b[0m"
)

var colours = map[string]string{
	"completed": green, "match": green, "ok  ": green,
	"pausing": yellow, "paused": yellow, "waiting": yellow, "canceled": yellow, "unproven": yellow, "WARN": yellow,
	"failed": red, "mismatch": red, "FAIL": red,
}

// Paint colours a word by which a run, a validation or a step of a check stands; any other stays as
// it is.
func Paint(word string) string {
	colour, known := colours[word]
	if !known {
		return word
	}
	return colour + word + reset
}

package command

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBlocksStandApart: what is printed is made safe, line ends included, so that an empty line
// must not be one of the words.
func TestBlocksStandApart(t *testing.T) {
	var out bytes.Buffer
	a := &App{Out: &out, Format: "table"}
	require.NoError(t, a.printRejected("run", []rejectedRow{
		{Contact: "a", Line: 2, Position: 1, Outcome: "excluded", Reason: "unknown_status", Cause: "c"},
		{Contact: "b", Line: 3, Position: 2, Outcome: "failed", Reason: "invalid_value", Cause: "d"},
	}))
	require.NoError(t, a.printMembers([]memberList{{Destination: "d", Audience: "one"}, {Destination: "d", Audience: "two"}}))
	require.NotContains(t, out.String(), `\n`)
	require.Contains(t, out.String(), "\n\nfailed: invalid_value\n")
	require.Contains(t, out.String(), "\n\ntwo in d")
}

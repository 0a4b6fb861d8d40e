package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
)

// TestAnUnknownStatusIsShown: who has to mend it has to see which word it was.
func TestAnUnknownStatusIsShown(t *testing.T) {
	const guid = "9fd6cf7c-1b86-4cd3-9b1e-2a1b0c3d4e5f"
	for word, shown := range map[string]string{
		"aktiv": "aktiv", " gekündigt ": "gekündigt", "": "", "a\tb": `a\tb`, strings.Repeat("x", 100): strings.Repeat("x", 64) + "…",
	} {
		for name, record := range map[string]audience.Record{
			"CSV":     one(t, csvActivation(), "a.csv", "id,status,time,first\n"+guid+",\""+word+"\",,\n"),
			"profile": one(t, jsonActivation(), "a.ndjson", `{"identityMap":{"contactId":[{"id":"`+guid+`"}]},"segmentMembership":{"ups":{"vip":{"status":"`+strings.ReplaceAll(word, "\t", `\t`)+`"}}}}`+"\n"),
		} {
			require.Equal(t, runs.ReasonUnknownStatus, record.Reason, "%s %q", name, word)
			require.Equal(t, shown, record.Detail, name)
		}
	}
}

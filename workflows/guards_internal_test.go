package workflows

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
)

// TestUnreadableRecordsHoldExitsByAbsence: a contact that seems to be absent may be in a record
// that cannot be read.
func TestUnreadableRecordsHoldExitsByAbsence(t *testing.T) {
	guard := audience.Guard{MaxExitShare: 1, MaxFailedShare: 1, MaxOverwriteShare: 1, MaxExcludedShare: 1}
	for _, c := range []struct {
		absent, unreadable int64
		held               bool
	}{{0, 0, false}, {5, 0, false}, {0, 5, false}, {1, 1, true}, {1000, 1, true}} {
		held := tripped(guard, activities.Risks{
			Complete: true, Records: 5000, Absent: c.absent, Exits: c.absent, Unreadable: c.unreadable, Realized: 5000, ToSend: 5000,
		})
		require.Equal(t, c.held, len(held) > 0)
	}
}

// unseparated is a number of rows that is hard to read.
var unseparated = regexp.MustCompile(`\b\d{4,}\b`)

// TestGuardsWriteNumbersAsReportsDo trips each guard that judges a plan with large numbers.
func TestGuardsWriteNumbersAsReportsDo(t *testing.T) {
	none := audience.Guard{}
	tripping := map[string]activities.Risks{
		"empty":      {Complete: true, Leaving: 12345, Realized: 12345, Exits: 12345},
		"complete":   {Complete: true, Records: 1, Leaving: 12345, Realized: 12345, Exits: 12345},
		"unreadable": {Complete: true, Records: 54321, Unreadable: 12345, Absent: 12345, Exits: 12345},
		"exits":      {Leaving: 12345, Realized: 54321},
		"first exit": {FirstRun: true, Exits: 12345, ToSend: 54321},
		"failed":     {Unsent: 12345, ToSend: 54321},
		"excluded":   {Excluded: 12345, Rows: 54321},
		"overwrite":  {FirstRun: true, Overwrites: 12345, ToSend: 54321},
	}
	texts := []string{repairShare(none, 12345, 54321)[0].Says}
	for name, risks := range tripping {
		found := tripped(none, risks)
		require.NotEmpty(t, found, name)
		texts = append(texts, reasonOf(found))
	}
	texts = append(texts, failing(nil, none, runs.Numbers{Activated: 54321, Failed: 12345}, 0, 99999))
	for _, text := range texts {
		require.Contains(t, text, "12,345")
		require.NotRegexp(t, unseparated, text)
		require.NotContains(t, text, "%!", fmt.Sprint(texts))
	}
}

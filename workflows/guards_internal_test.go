package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/audience"
)

// TestUnreadableRecordsHoldExitsByAbsence: a contact that seems to be absent may be in a record that cannot be read.
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

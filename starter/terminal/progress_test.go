package terminal

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
)

func TestATerminalTellsOnceWhyARunIsHeld(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{out: &out, terminal: true}
	held := activities.Report{WorkflowID: "plan/d/a", Status: runs.StatusPaused, Reason: "destination d is paused: month end", DestinationPaused: true}
	p.Show(held)
	p.Show(held)
	p.Show(activities.Report{Status: runs.StatusRunning, Phase: "reading"})
	require.Equal(t, 1, strings.Count(out.String(), "month end"))
	p.Show(held)
	require.Equal(t, 2, strings.Count(out.String(), "month end"), "held anew")
}

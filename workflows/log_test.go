package workflows_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"audienceflow/runs"
)

// logged runs an audience and gives the lines of its log that hold a text.
func logged(t *testing.T, change func(f *fake)) func(text string) []string {
	t.Helper()
	var output bytes.Buffer
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(&output, nil))))
	f := newFakeWith(t, 2, suite)
	change(f)
	in := input()
	_, _ = f.run(t, in) // the log tells how it ended
	lines := strings.Split(output.String(), "\n")
	return func(text string) []string {
		var found []string
		for _, line := range lines {
			if strings.Contains(line, text) {
				found = append(found, line)
			}
		}
		return found
	}
}

func TestTheLogHasOneLineAtTheStartAndTheEndOfEachRun(t *testing.T) {
	lines := logged(t, func(*fake) {})
	begun, ended := lines(`msg="run begins"`), lines(`msg="run ended"`)
	require.Len(t, begun, 2, "of the run and of its validation")
	require.Len(t, ended, 2)
	require.Contains(t, begun[0], "kind=activate destination=dynamics audience=vip")
	require.Contains(t, begun[1], "kind=validate")
	require.Contains(t, ended[0], "kind=validate")
	require.Contains(t, ended[0], "verdict="+runs.VerdictMatch)
	require.Contains(t, ended[1], "kind=activate")
	require.Contains(t, ended[1], "status=completed received=23 activated=20 unchanged=1 superseded=0 excluded=2 failed=0 pending=0 verdict=match")
}

func TestTheLogSaysWhyARunHasFailed(t *testing.T) {
	lines := logged(t, func(f *fake) {
		f.signIn = temporal.NewNonRetryableApplicationError("wrong client secret", "misconfigured", nil)
	})
	require.Len(t, lines(`msg="run begins"`), 1)
	ended := lines(`msg="run ended"`)
	require.Len(t, ended, 1)
	require.Contains(t, ended[0], "status=failed")
	require.Contains(t, ended[0], "wrong client secret")
}

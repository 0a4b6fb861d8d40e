package connect

import (
	"testing"
	"time"
)

// Hasten makes waits shorter until a test ends, which must not run beside others.
func Hasten(t *testing.T, pause, probe time.Duration) {
	pauseBefore, probeBefore := pauses.First, probeTime
	pauses.First, probeTime = pause, probe
	t.Cleanup(func() { pauses.First, probeTime = pauseBefore, probeBefore })
}

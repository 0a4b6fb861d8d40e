package connect

import (
	"testing"
	"time"
)

// Hasten makes waits shorter until a test ends, which must not run beside others.
func Hasten(t *testing.T, pause, probe time.Duration) {
	pauseBefore, probeBefore := firstPause, probeTime
	firstPause, probeTime = pause, probe
	t.Cleanup(func() { firstPause, probeTime = pauseBefore, probeBefore })
}

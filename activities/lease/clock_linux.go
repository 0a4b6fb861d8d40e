package lease

import (
	"time"

	"golang.org/x/sys/unix"
)

// running is a clock that is never set and goes on while the system is suspended, unlike Go's own.
func running() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return sinceStart()
	}
	return time.Duration(t.Nano())
}

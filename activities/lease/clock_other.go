//go:build !linux

package lease

import "time"

// running is Go's own clock: it is never set, but may stop while the system is suspended.
func running() time.Duration { return sinceStart() }

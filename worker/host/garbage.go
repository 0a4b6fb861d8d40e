package host

import (
	"os"
	"runtime/debug"
)

const (
	// memoryLimit keeps the garbage of staging large files from piling up. SQLite's caches come on
	// top of it.
	memoryLimit = 112 << 20
	// garbagePercent lets the garbage grow to twice what is in use, as long as the limit allows it:
	// collecting it more often takes a tenth of the time of sending.
	garbagePercent = 200
)

// BoundGarbage bounds the memory of a process that hosts workers; GOMEMLIMIT and GOGC override it.
func BoundGarbage() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}

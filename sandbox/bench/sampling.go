package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc: a hundredth of a second on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// sample reads the CPU time of a process until the returned function is called, which gives the
// readings; none where there is no /proc.
func sample(process int) func() usage {
	stop, done := make(chan struct{}), make(chan usage)
	go func() {
		var readings usage
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				done <- readings
				return
			case now := <-ticker.C:
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
				if used, ok := processTime(string(text)); err == nil && ok {
					readings = append(readings, reading{at: now, used: used})
				}
			}
		}
	}()
	return func() usage {
		close(stop)
		return <-done
	}
}

// processTime takes user and system time out of a line of /proc/PID/stat. The program's name, in
// parentheses, may hold anything.
func processTime(stat string) (time.Duration, bool) {
	const user, system = 11, 12 // counted from the field after the name
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, false
	}
	fields := strings.Fields(stat[end+1:])
	if len(fields) <= system {
		return 0, false
	}
	var ticks int64
	for _, n := range []int{user, system} {
		value, err := strconv.ParseInt(fields[n], 10, 64)
		if err != nil {
			return 0, false
		}
		ticks += value
	}
	return time.Duration(ticks) * tick, true
}

// processPeak takes the most memory held out of /proc/PID/status, in bytes. What the system counts
// for its parent is not in it, unlike in the resources of an ended process: those begin with what
// the parent held when it started the process.
func processPeak(status string) (int64, bool) {
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "VmHWM:" && fields[2] == "kB" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}

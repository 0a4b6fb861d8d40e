//go:build unix

package main

import (
	"os"
	"syscall"
)

// takeLock fails when another process holds the file. The system frees it when the process ends,
// however it ends.
func takeLock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

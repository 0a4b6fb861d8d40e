//go:build unix

package sqldb

import (
	"errors"
	"os"
	"syscall"
)

// lockFile reports whether nobody else has the lock: this process has it then, or the file system
// knows no locks.
func lockFile(file *os.File) bool {
	return !errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// unlockFile frees the lock, if this process has it.
func unlockFile(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) // one that cannot be freed could not be taken
}

// alive tells whether there is such a process.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

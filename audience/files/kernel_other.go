//go:build !linux

package files

import "os"

// ofKernel tells whether a file is one in name only; such file systems are Linux's.
func ofKernel(*os.File) bool { return false }

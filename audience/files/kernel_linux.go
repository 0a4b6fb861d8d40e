package files

import (
	"os"
	"slices"
	"syscall"
)

// kernelSystems are the magic numbers of file systems that the kernel makes up: proc, sysfs,
// cgroup, cgroup2, debugfs, tracefs, securityfs, devpts. They may be mounted anywhere.
var kernelSystems = []uint32{0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1}

// ofKernel tells whether a file is one in name only.
func ofKernel(file *os.File) bool {
	var system syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &system); err != nil {
		return false
	}
	return slices.Contains(kernelSystems, uint32(system.Type))
}

package chaos

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent makes a program end with a test that is killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// holds says whether a local address is that of a connection of the process.
func (p *process) holds(address string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, text, err := net.SplitHostPort(address)
	if err != nil || p.command == nil {
		return false
	}
	port, _ := strconv.Atoi(text) // of an address that the net package wrote
	socket := ""
	table, _ := os.ReadFile("/proc/net/tcp")
	for _, line := range strings.Split(string(table), "\n") {
		if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
			socket = "socket:[" + f[9] + "]"
		}
	}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.command.Process.Pid))
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && target == socket {
			return true
		}
	}
	return false
}

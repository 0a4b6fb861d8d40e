//go:build !linux

package chaos

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }

// holds is unknown here.
func (p *process) holds(string) bool { return false }

//go:build !linux

package storetest

import "syscall"

// unprivileged: elsewhere the tests are taken to run as a common user.
func unprivileged(string) (*syscall.SysProcAttr, error) { return nil, nil }

func dieWithParent(attributes *syscall.SysProcAttr) *syscall.SysProcAttr { return attributes }

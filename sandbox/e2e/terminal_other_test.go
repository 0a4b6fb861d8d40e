//go:build !linux

package e2e

// screen is what a command of the starter prints; only on Linux is that to a terminal.
func (w *world) screen(_ int, args ...string) string {
	w.t.Helper()
	r := w.starter(args...)
	return r.out + r.errOut
}

package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// rows are how many lines the terminals have; what is printed here is shorter.
const rows = 60

// screen is what a command of the starter leaves on a terminal that is so wide.
func (w *world) screen(width int, args ...string) string {
	w.t.Helper()
	master, slave := w.openTerminal(width)
	command := exec.CommandContext(w.t.Context(), filepath.Join(shared.binaries, "starter"), args...)
	command.Env, command.Dir = w.environ(), w.folder
	command.Stdin, command.Stdout, command.Stderr = slave, slave, slave
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	printed := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(master) // it ends with an error when nobody has the terminal any more
		printed <- string(text)
	}()
	err := command.Run()
	require.NoError(w.t, slave.Close())
	text := <-printed
	require.NoError(w.t, master.Close())
	require.NoError(w.t, err, text)
	return rendered(text)
}

// openTerminal makes a terminal, and gives both of its ends.
func (w *world) openTerminal(width int) (master, slave *os.File) {
	w.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(w.t, err)
	fd := int(master.Fd())
	require.NoError(w.t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(w.t, err)
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(w.t, err)
	require.NoError(w.t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: uint16(width)}))
	return master, slave
}

package sqldb

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// firstLogged is how long a writer waits before it says for whom; it says so again after twice
	// as long each time.
	firstLogged = 5 * time.Second
	// longestLogged is the longest time between two such lines.
	longestLogged = time.Hour
	// signBytes bounds what is read of a signature.
	signBytes = 512
)

// signature is what a process leaves in the lock file while it writes: who it is, and since when.
func signature(now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("%d %s %s %s\n", os.Getpid(), now.UTC().Format(time.RFC3339), oneWord(host), oneWord(filepath.Base(os.Args[0])))
}

func oneWord(text string) string { return strings.Join(strings.Fields(text), "_") }

// sign says in the lock file who writes. It helps people alone: whether it can be written matters
// to nobody else.
func (t *writeQueue) sign() {
	if t.entered {
		_, _ = t.writing.WriteAt([]byte(signature(time.Now())), 0)
	}
}

func (t *writeQueue) unsign() { _, _ = t.writing.WriteAt([]byte("\n"), 0) }

// holder says who holds SQLite's write lock. A signature counts only while its file is locked by
// somebody else: the system frees that lock with its process, so that one that was killed is never
// named.
func (t *writeQueue) holder() string {
	const unknown = "a program that takes no turns (a backup, a database browser, an older version)"
	if t.entered {
		return unknown
	}
	if lockFile(t.writing) {
		unlockFile(t.writing)
		return unknown
	}
	text := make([]byte, signBytes)
	n, _ := t.writing.ReadAt(text, 0) // which says that the file ends
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	var pid int
	var since, host, program string
	if _, err := fmt.Sscanf(line, "%d %s %s %s", &pid, &since, &host, &program); err != nil {
		return "another process of Audienceflow, which itself waits for " + unknown
	}
	if here, err := os.Hostname(); err == nil && oneWord(here) == host && !alive(pid) {
		return unknown // it was killed, and whoever writes now has not signed yet
	}
	return fmt.Sprintf("%s, process %d on %s, since %s", program, pid, host, since)
}

// lockedError says who kept this process from writing, for longer than it waits at a time.
type lockedError struct {
	by    string
	cause error
}

func (e *lockedError) Error() string {
	return fmt.Sprintf("the store's write lock is held by %s: nothing is lost, but nothing is written before that process goes on or ends", e.by)
}

func (e *lockedError) Unwrap() error { return e.cause }

// lockWait tells of a long wait for the write lock, seldomer the longer it lasts. Only whoever
// writes for this process uses it.
type lockWait struct {
	since, next time.Time
	logged      bool
}

// look is called again and again while the lock is waited for.
func (w *lockWait) look(holder func() string) {
	now := time.Now()
	switch {
	case w.since.IsZero():
		w.since, w.next = now, now.Add(firstLogged)
	case !now.Before(w.next):
		w.logged, w.next = true, now.Add(min(now.Sub(w.since), longestLogged))
		slog.Warn("waiting for the store's write lock", "heldBy", holder(), "waitingFor", now.Sub(w.since).Round(time.Second).String())
	}
}

// over says that the lock was free.
func (w *lockWait) over() {
	if w.logged {
		slog.Info("the store's write lock is free again", "waitedFor", time.Since(w.since).Round(time.Second).String())
	}
	*w = lockWait{}
}

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
	// firstTold is how long a writer waits before it says for whom; it says so again after twice as long each time.
	firstTold = 5 * time.Second
	// longestTold is the longest time between two such lines.
	longestTold = time.Hour
	// signBytes bounds what is read of a signature.
	signBytes = 512
)

// signature is what a process signs its turn with: who it is, and since when it writes.
func signature(now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("%d %s %s %s\n", os.Getpid(), now.UTC().Format(time.RFC3339), oneWord(host), oneWord(filepath.Base(os.Args[0])))
}

func oneWord(text string) string { return strings.Join(strings.Fields(text), "_") }

// sign says in the file of the turn who writes. It helps people alone: whether it can be written matters to nobody else.
func (t *turns) sign() {
	if t.ours {
		_, _ = t.now.WriteAt([]byte(signature(time.Now())), 0)
	}
}

func (t *turns) unsign() { _, _ = t.now.WriteAt([]byte("\n"), 0) }

// holder says who holds SQLite's write lock. A signature counts only while the turn is somebody else's: the system frees that
// lock with its process, so that one that was killed is never named.
func (t *turns) holder() string {
	const unknown = "a program that takes no turns (a backup, a database browser, an older version)"
	if t.ours {
		return unknown
	}
	if lockFile(t.now) {
		unlockFile(t.now)
		return unknown
	}
	text := make([]byte, signBytes)
	n, _ := t.now.ReadAt(text, 0) // which says that the file ends
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	var pid int
	var since, host, program string
	if _, err := fmt.Sscanf(line, "%d %s %s %s", &pid, &since, &host, &program); err != nil {
		return "another process of Audienceflow, which itself waits for " + unknown
	}
	if here, err := os.Hostname(); err == nil && oneWord(here) == host && !alive(pid) {
		return unknown // it was killed, and whoever has the turn now has not signed yet
	}
	return fmt.Sprintf("%s, process %d on %s, since %s", program, pid, host, since)
}

// heldError says who kept this process from writing, for longer than it waits at a time.
type heldError struct {
	by    string
	cause error
}

func (e *heldError) Error() string {
	return fmt.Sprintf("the store's write lock is held by %s: nothing is lost, but nothing is written before that process goes on or ends", e.by)
}

func (e *heldError) Unwrap() error { return e.cause }

// lockWait tells of a long wait for the write lock, seldomer the longer it lasts. Only whoever writes for this process uses it.
type lockWait struct {
	since, next time.Time
	told        bool
}

// look is called again and again while the lock is waited for.
func (w *lockWait) look(holder func() string) {
	now := time.Now()
	switch {
	case w.since.IsZero():
		w.since, w.next = now, now.Add(firstTold)
	case !now.Before(w.next):
		w.told, w.next = true, now.Add(min(now.Sub(w.since), longestTold))
		slog.Warn("waiting for the store's write lock", "heldBy", holder(), "waitingFor", now.Sub(w.since).Round(time.Second).String())
	}
}

// over says that the lock was free.
func (w *lockWait) over() {
	if w.told {
		slog.Info("the store's write lock is free again", "waitedFor", time.Since(w.since).Round(time.Second).String())
	}
	*w = lockWait{}
}

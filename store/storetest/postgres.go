package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// URLVariable names the environment variable that points tests at a PostgreSQL that runs already.
// Its user must be allowed to create databases.
const URLVariable = "TEST_POSTGRES_URL"

const (
	startTimeout = 60 * time.Second // a new cluster on a slow disk
	stopTimeout  = 10 * time.Second
	readyPause   = 20 * time.Millisecond // between two looks whether the server answers
)

// ErrNotInstalled is the error of a machine without PostgreSQL.
var ErrNotInstalled = errors.New("PostgreSQL is not installed, and the store is tested on it: `apt-get install postgresql`, or set " + URLVariable)

// Server is a PostgreSQL server for tests.
type Server struct {
	url   *url.URL
	dir   string // empty for a server that is not ours
	bin   string
	owner *syscall.SysProcAttr

	settings []string
	process  *exec.Cmd
	output   *bytes.Buffer
	exited   chan struct{}
	admin    *sql.DB // whose sessions are kept: a new one costs as much as a test
	made     atomic.Int64
}

// Start gives the server of TEST_POSTGRES_URL, or starts one from Debian's package `postgresql`
// that listens on a socket in a temporary folder and does not care for power cuts. A setting such
// as "synchronous_commit=on", with which it survives being killed, overrides its own. Stop ends it.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	if given := os.Getenv(URLVariable); given != "" {
		u, err := url.Parse(given)
		if err != nil {
			return nil, fmt.Errorf("%s is no URL", URLVariable)
		}
		s := &Server{url: u}
		s.admin, err = sql.Open("pgx", u.String())
		return s, err
	}
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, settings: settings, output: &bytes.Buffer{}, exited: make(chan struct{})}
	s.url = &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)}
	if s.admin, err = sql.Open("pgx", s.url.String()); err == nil {
		err = s.start(ctx, bin)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// NewDatabase makes an empty database and gives its URL.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	return s.newDatabase(ctx, "")
}

// CopyDatabase makes a database that holds what the one at a URL of this server holds, to which
// nobody may be connected, and gives its URL.
func (s *Server) CopyDatabase(ctx context.Context, of string) (string, error) {
	u, err := url.Parse(of)
	if err != nil {
		return "", err
	}
	return s.newDatabase(ctx, " TEMPLATE "+strings.TrimPrefix(u.Path, "/"))
}

func (s *Server) newDatabase(ctx context.Context, how string) (string, error) {
	name := fmt.Sprintf("test_%s_%d", uuid.NewString()[:8], s.made.Add(1))
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name+how); err != nil {
		return "", err
	}
	u := *s.url
	u.Path = "/" + name
	return u.String(), nil
}

// Stop ends the server and removes its files. A server that was given is left alone, databases and
// all.
func (s *Server) Stop() {
	if s.admin != nil {
		_ = s.admin.Close() // the server may have ended
	}
	if s.dir == "" {
		return
	}
	if s.process != nil {
		_ = s.process.Process.Signal(os.Interrupt) // PostgreSQL's fast shutdown; of no use where it has ended
		select {
		case <-s.exited:
		case <-time.After(stopTimeout):
			_ = s.process.Process.Kill() // it may have ended just now
			<-s.exited
		}
	}
	_ = os.RemoveAll(s.dir) // a temporary folder
}

func (s *Server) start(ctx context.Context, bin string) error {
	owner, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	s.bin, s.owner = bin, owner
	if err := s.fill(ctx); err != nil {
		return err
	}
	return s.launch(ctx)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// launch starts the server on its files.
func (s *Server) launch(ctx context.Context) error {
	s.exited, s.output = make(chan struct{}), &bytes.Buffer{}
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
		"-c", "shared_buffers=16MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0"} // little to start, and to empty
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	s.process = exec.Command(filepath.Join(s.bin, "postgres"), args...)
	s.process.SysProcAttr, s.process.Dir = dieWithParent(s.owner), s.dir
	s.process.Stdout, s.process.Stderr = s.output, s.output
	started := make(chan error)
	go func(process *exec.Cmd, exited chan struct{}) {
		// The kernel takes the end of the thread that started a process for the end of the parent:
		// this one stays.
		runtime.LockOSThread()
		defer close(exited)
		err := process.Start()
		started <- err
		if err == nil {
			_ = process.Wait() // its output says why it ended
		}
	}(s.process, s.exited)
	if err := <-started; err != nil {
		s.process = nil
		return err
	}
	return s.ready(ctx)
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(readyPause)
	defer tick.Stop()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("PostgreSQL ended while starting:\n%s", s.output)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// binaries finds the newest PostgreSQL that Debian has put on this machine.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			return filepath.Dir(path), nil
		}
		return "", ErrNotInstalled
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/storetest"
)

// holderVariable makes this program one that holds a lock of the store at that URL in a
// transaction, instead of the tests.
const holderVariable = "STORE_TEST_HOLDER"

// holdAndGoOn takes a lock, says so, waits for a line, goes on with its transaction, says how that
// ended, and makes it anew.
func holdAndGoOn(url string) int {
	ctx, in := context.Background(), bufio.NewReader(os.Stdin)
	s, err := store.Open(ctx, url)
	if err == nil {
		err = store.HoldLock(ctx, s, "dynamics", "holder", func() {
			fmt.Println("held")
			_, _ = in.ReadString('\n') // the test has ended where there is none
		})
		fmt.Println("ended:", err)
		if err != nil {
			err = store.HoldLock(ctx, s, "dynamics", "holder", func() {})
		}
		fmt.Println("then:", err)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// holder is such a process.
type holder struct {
	process *os.Process
	in      io.Writer
	out     *bufio.Scanner
}

func startHolder(t *testing.T, url string) *holder {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), holderVariable+"="+url)
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()         // which says that it was killed
	})
	h := &holder{command.Process, in, bufio.NewScanner(out)}
	require.Equal(t, "held", h.line(t))
	return h
}

func (h *holder) line(t *testing.T) string {
	t.Helper()
	require.True(t, h.out.Scan(), "it has ended: %v", h.out.Err())
	return h.out.Text()
}

// goOn wakes a process that was stopped, and lets it go on.
func (h *holder) goOn(t *testing.T) {
	t.Helper()
	require.NoError(t, h.process.Signal(syscall.SIGCONT))
	_, err := io.WriteString(h.in, "go on\n")
	require.NoError(t, err)
}

// with adds parameters to the URL of a store.
func with(t *testing.T, dsn string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// A process that is stopped in a transaction keeps its connection, and with it every lock that it
// has taken.
func TestAProcessStoppedInATransactionHoldsUpOthersOnlyForAWhile(t *testing.T) {
	t.Parallel()
	plain := storetest.Database(t)
	dsn := with(t, plain, "idle_in_transaction_session_timeout", "1s", "lock_timeout", "20s")
	s, frozen := open(t, dsn), startHolder(t, dsn)
	require.NoError(t, frozen.process.Signal(syscall.SIGSTOP))

	require.NoError(t, store.HoldLock(t.Context(), s, "dynamics", "other", func() {}), "the server ends the other's transaction")
	require.Equal(t, map[string]int{"other": 1}, onceIn(t, plain))

	frozen.goOn(t)
	ended := frozen.line(t)
	require.Contains(t, ended, "nothing is kept of")
	require.NotContains(t, ended, "<nil>")
	require.Equal(t, "then: <nil>", frozen.line(t), "it goes on with a new connection")
	require.Equal(t, map[string]int{"other": 1, "holder": 1}, onceIn(t, plain))
}

// Whoever waits finds in pg_stat_activity which process holds the lock, and where.
func TestSessionsOfPostgreSQLNameTheirProcessAndHost(t *testing.T) {
	t.Parallel()
	plain := storetest.Database(t)
	s, held := open(t, plain), startHolder(t, plain)
	host, err := os.Hostname()
	require.NoError(t, err)
	db, _ := database(t, plain)
	var name string
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()`).Scan(&name))
	require.Equal(t, fmt.Sprintf("audienceflow/%d@%s", held.process.Pid, host), name)
	require.Equal(t, fmt.Sprintf("audienceflow/%d@%s", os.Getpid(), host), store.Setting(t.Context(), s, "application_name"))
	held.goOn(t)
	require.Equal(t, "ended: <nil>", held.line(t))
}

// Without any bound but one on the wait, a waiter is told and may come again.
func TestAWaitForALockIsBoundedAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	plain := storetest.Database(t)
	dsn := with(t, plain, "lock_timeout", "100ms")
	s, held := open(t, dsn), startHolder(t, dsn)
	err := store.HoldLock(t.Context(), s, "dynamics", "other", func() {})
	require.ErrorContains(t, err, "longer than lock_timeout")
	require.True(t, store.Passing(err))
	held.goOn(t)
	require.Equal(t, "ended: <nil>", held.line(t))
	require.NoError(t, store.HoldLock(t.Context(), s, "dynamics", "other", func() {}))
	require.Equal(t, map[string]int{"other": 1, "holder": 1}, onceIn(t, plain))
}

// A server that is stopped keeps its connections, accepts new ones, and says nothing.
func TestAServerThatIsStoppedIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	storetest.Need(t)
	own, err := storetest.Start(t.Context(), "synchronous_commit=on")
	require.NoError(t, err)
	t.Cleanup(own.Stop)
	plain, err := own.NewDatabase(t.Context())
	require.NoError(t, err)
	dsn := with(t, plain, "socket_timeout", "500ms", "connect_timeout", "1")
	s := open(t, dsn)
	thaw := func() error { return nil }
	t.Cleanup(func() { _ = thaw() }) // or it could not be stopped
	err = store.HoldLock(t.Context(), s, "dynamics", "first", func() {
		thaw, err = own.Freeze()
		require.NoError(t, err)
	})
	require.ErrorContains(t, err, "without an answer")
	require.True(t, store.Passing(err), "%v", err)
	_, err = store.Open(t.Context(), dsn)
	require.Error(t, err)
	require.True(t, store.Passing(err), "%v", err)

	require.NoError(t, thaw())
	require.NoError(t, sqldb.Patiently(t.Context(), func() error {
		return store.HoldLock(t.Context(), s, "dynamics", "second", func() {})
	}, func(error) {}))
	require.Equal(t, map[string]int{"second": 1}, onceIn(t, plain), "nothing is kept of what was not committed")
}

func TestTheStoreURLOverridesWhatIsSet(t *testing.T) {
	t.Parallel()
	dsn := storetest.Database(t)
	for given, want := range map[string]string{"": "2min", "7s": "7s", "0": "0"} {
		url := dsn
		if given != "" {
			url = with(t, dsn, "statement_timeout", given)
		}
		require.Equal(t, want, store.Setting(t.Context(), open(t, url), "statement_timeout"))
	}
	_, err := store.Open(t.Context(), with(t, dsn, "socket_timeout", "soon"))
	require.ErrorContains(t, err, "socket_timeout in STORE_URL is no time")
}

// onceIn counts the rows that HoldLock has made.
func onceIn(t *testing.T, url string) map[string]int {
	t.Helper()
	db, _ := database(t, url)
	rows, err := db.QueryContext(t.Context(), `SELECT name, count(*) FROM store_info WHERE value = 'once' GROUP BY name`)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	counts := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		require.NoError(t, rows.Scan(&name, &n))
		counts[name] = n
	}
	require.NoError(t, rows.Err())
	return counts
}

// A process that is stopped keeps SQLite's write lock: others wait, and say for whom.
func TestAProcessThatHoldsTheWriteLockIsNamed(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s := open(t, url, store.WithPatience(300*time.Millisecond))
	stopped := startHolder(t, url)
	require.NoError(t, stopped.process.Signal(syscall.SIGSTOP))
	var waiting errgroup.Group
	begun := time.Now()
	for n := range 20 { // who waits beside one that gives up is told with it
		waiting.Go(func() error {
			err := store.HoldLock(t.Context(), s, "dynamics", fmt.Sprint(n), func() {})
			if err == nil || !store.Passing(err) {
				return fmt.Errorf("%d was not told to come again: %w", n, err)
			}
			host, _ := os.Hostname() // which is not named then
			name := fmt.Sprintf("held by %s, process %d on %s, since 20", filepath.Base(os.Args[0]), stopped.process.Pid, host)
			if !strings.Contains(err.Error(), name) {
				return fmt.Errorf("%d was told: %w", n, err)
			}
			return nil
		})
	}
	require.NoError(t, waiting.Wait())
	require.Less(t, time.Since(begun), 20*300*time.Millisecond)
	_, err := s.Streams(t.Context())
	require.NoError(t, err, "reading goes on")

	stopped.goOn(t)
	require.Equal(t, "ended: <nil>", stopped.line(t), "it still had the lock")
	require.NoError(t, store.HoldLock(t.Context(), s, "dynamics", "other", func() {}))
	require.Equal(t, map[string]int{"other": 1, "holder": 1}, onceIn(t, url))
}

func TestAProcessThatWasKilledIsNotNamed(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s := open(t, url, store.WithPatience(100*time.Millisecond))
	killed := startHolder(t, url)
	require.NoError(t, killed.process.Kill())
	_, err := killed.process.Wait()
	require.NoError(t, err)
	other, _ := database(t, url)
	conn, err := other.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE") // as a database browser does
	require.NoError(t, err)
	err = store.HoldLock(t.Context(), s, "dynamics", "other", func() {})
	require.ErrorContains(t, err, "held by a program that takes no turns")
	require.NotContains(t, err.Error(), fmt.Sprint(killed.process.Pid))
	_, err = conn.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, store.HoldLock(t.Context(), s, "dynamics", "other", func() {}))
	require.Equal(t, map[string]int{"other": 1}, onceIn(t, url))
}

// A batch is begun for a run that ends at the same moment: either its rows are in flight before the
// run ends, or nothing of it is taken.
func TestNoBatchIsTakenOfARunThatEndsMeanwhile(t *testing.T) {
	t.Parallel()
	plain := storetest.Database(t)
	s := open(t, plain)
	db, _ := database(t, plain)
	begin(t, s, "run", runs.KindActivate, day(9))
	stage(t, s, "run", row(contact(1), day(1), day(9), `{}`))
	p := store.Policy{Destination: "dynamics", StatusColumn: "acme_vip", RealizedWord: "realized", ExitedWord: "exited"}
	plan(t, s, "run", p, blank(contact(1)))
	_, _, err := s.MakeBatches(t.Context(), "run", 1)
	require.NoError(t, err)

	taken := make(chan error, 1)
	require.NoError(t, store.HoldLock(t.Context(), s, "dynamics", "held", func() {
		go func() {
			_, err := s.TakeBatch(t.Context(), store.BatchRef{Run: "run", Batch: 1}, p, time.Minute)
			taken <- err
		}()
		require.Eventually(t, func() bool {
			var waiting int
			return db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&waiting) == nil && waiting > 0
		}, time.Minute, time.Millisecond)
		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCanceled, "canceled", "", nil))
	}))
	var over *runlog.RunOver
	require.ErrorAs(t, <-taken, &over)
}

package activities

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/storetest"
)

var (
	freezeRounds = flag.Int("freeze-rounds", 0, "rounds of the freeze test that are drawn, on each database, besides one at each point")
	freezeSeed   = flag.Uint64("freeze-seed", 1, "what these are drawn from")
	freezeReal   = flag.Bool("freeze-real", false, "with the lease of every day, of 135 seconds: a round takes five minutes")
	freezeBeside = flag.Int("freeze-beside", 10, "rounds of the freeze test at a time; most of their time they wait")
)

// Points of a batch at which a worker is stopped.
const (
	pointTaking   = "before it takes the batch"
	pointLook     = "before it looks at its lease, with a request in hand"
	pointAsked    = "when Dynamics has got a request"
	pointAnswered = "when Dynamics has answered, before it reads that"
	pointBooking  = "in the transaction that books"
)

var freezePoints = []string{pointTaking, pointLook, pointAsked, pointAnswered, pointBooking}

// What becomes of a worker that was stopped, while another takes its batch over.
const (
	fateWoken     = "woken after twice the lease"
	fateKilled    = "killed after twice the lease"
	fateKilledNow = "killed at once"
)

const (
	freezeContacts = 60 // one batch
	freezeSize     = 15 // of a request
	freezePatience = 2 * time.Minute
)

// freezeRound is one worker that is stopped.
type freezeRound struct {
	point, fate string
	nth         int           // the n-th time that it comes to that point
	request     time.Duration // how long Dynamics may work on a request
	margin      time.Duration // of the lease beyond that
}

// TestAStoppedWorkerWritesNothingTwice stops a worker at each point of a batch for twice its lease,
// or kills it, while another one takes the batch over at once. When the first one wakes, it must
// not send what is no longer its own.
func TestAStoppedWorkerWritesNothingTwice(t *testing.T) {
	t.Parallel()
	stores := map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + NewStore(t) },
		"postgres": func(t *testing.T) string { return storetest.Database(t) },
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, *freezeBeside)
	for kind, newStore := range stores {
		for n, round := range freezeRoundsOf() {
			running.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				t.Run(fmt.Sprintf("%s/%d", kind, n+1), func(t *testing.T) { round.run(t, newStore(t)) })
			})
		}
	}
	running.Wait()
}

func freezeRoundsOf() (rounds []freezeRound) {
	points := freezePoints
	if testing.Short() {
		points = []string{pointAsked}
	}
	for _, point := range points {
		rounds = append(rounds, freezeRound{point: point, fate: fateWoken, nth: 1})
	}
	if *freezeRounds > 0 {
		rounds = nil
	}
	r := rand.New(rand.NewPCG(*freezeSeed, 0))
	for range *freezeRounds {
		round := freezeRound{
			point: freezePoints[r.IntN(len(freezePoints))], fate: []string{fateWoken, fateWoken, fateKilled, fateKilledNow}[r.IntN(4)], nth: 1,
		}
		switch round.point {
		case pointLook: // each request is looked at before its body, and before its end
			round.nth = 1 + r.IntN(2*freezeContacts/freezeSize)
		case pointAsked, pointAnswered:
			round.nth = 1 + r.IntN(freezeContacts/freezeSize)
		}
		rounds = append(rounds, round)
	}
	for i := range rounds {
		rounds[i].request, rounds[i].margin = 500*time.Millisecond, 1500*time.Millisecond
		if *freezeReal {
			rounds[i].request, rounds[i].margin = dataverseTimeout, leaseMargin
		}
	}
	return rounds
}

func (f freezeRound) run(t *testing.T, storeURL string) {
	t.Logf("stopped %s (%d.), then %s", f.point, f.nth, f.fate)
	sim, err := simulator.Start(simulator.Options{Contacts: freezeContacts, NoLimits: true, Columns: []string{"acme_vip:string:20"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	front := &freezeFront{sim: sim.Server}
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("requests to write:\n%s", front)
		}
	})
	w := newWorldOn(t, sim, freezeContacts, server.URL, storeURL)
	a := w.activation(w.everyone()...)
	require.Equal(t, 1, w.plan(a).Batches)
	release := f.arrange(t, storeURL)

	settings := workerSettings{StoreURL: bounded(t, storeURL), Dynamics: server.URL, Request: f.request, Margin: f.margin}
	second := startBatchWorker(t, settings)
	settings.Stop, settings.Nth = f.point, f.nth
	first := startBatchWorker(t, settings)
	front.arm(f.point, f.nth, first)
	first.begin(t)
	var wasStopped atomic.Bool
	own := make(chan workerAnswer, 1)
	go func() { own <- first.untilStopped(&wasStopped) }()
	if release != nil {
		release(first)
	}
	first.awaitStopped(t)
	wasStopped.Store(true)
	// Dynamics works for no longer than it may, however busy this machine is.
	require.Eventually(t, front.idle, freezePatience, time.Millisecond)
	stopped := time.Now()
	t.Logf("stopped at %s", stopped.Format("15:04:05.000"))
	if f.fate == fateKilledNow {
		require.NoError(t, first.process.Kill())
	}
	ended := make(chan []workerAnswer, 1)
	second.begin(t)
	go func() { ended <- second.untilDone() }()
	if f.fate != fateKilledNow {
		time.Sleep(time.Until(stopped.Add(2 * (f.request + f.margin)))) // the time that the worker is stopped for
		if f.fate == fateKilled {
			require.NoError(t, first.process.Kill())
		}
		require.NoError(t, first.process.Signal(syscall.SIGCONT))
	}
	answers := <-ended
	require.NotEmpty(t, answers)
	last := answers[len(answers)-1]
	require.Empty(t, last.Error, "%+v", answers)
	require.Zero(t, last.Pending)
	if f.fate == fateWoken {
		its := <-own
		require.False(t, its.Final, "a run that ends by it: %+v", its)
		t.Logf("the one that was stopped: %s %s", its.Type, its.Error)
	}
	w.writtenOnce(w.ids)
	require.Equal(t, runs.VerdictMatch, w.validate(a, "validation").Verdict)
	counts, err := w.options.Store.Counts(t.Context(), testRun)
	require.NoError(t, err)
	require.EqualValues(t, freezeContacts, counts.Activated)
	open, err := w.options.Store.OpenBatches(t.Context(), "dynamics", "")
	require.NoError(t, err)
	require.Empty(t, open)
}

// arrange makes the booking's transaction stop the worker: by itself on SQLite, where it is a part
// of it; on PostgreSQL it waits for a lock until the worker is stopped. release does so.
func (f freezeRound) arrange(t *testing.T, storeURL string) (release func(*batchWorker)) {
	if f.point != pointBooking {
		return nil
	}
	statements, driver, name := sqliteBooking, "sqlite", strings.TrimPrefix(storeURL, "sqlite:")
	if name == storeURL {
		statements, driver = postgresBooking, "pgx"
	}
	db, err := sql.Open(driver, name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range statements {
		_, err = db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	if driver == "sqlite" {
		return nil
	}
	hold, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = hold.ExecContext(t.Context(), `SELECT pg_advisory_lock(4711)`)
	require.NoError(t, err)
	return func(first *batchWorker) {
		const waiting = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
		require.Eventually(t, func() bool {
			var n int
			return hold.QueryRowContext(t.Context(), waiting).Scan(&n) == nil && n == 1
		}, freezePatience, 10*time.Millisecond)
		first.stop()
		_, err := hold.ExecContext(t.Context(), `SELECT pg_advisory_unlock(4711)`)
		require.NoError(t, err)
		require.NoError(t, hold.Close())
	}
}

var sqliteBooking = []string{
	`CREATE TRIGGER first_booked AFTER INSERT ON ledger_leaves BEGIN SELECT booking(); END`,
	`CREATE TRIGGER next_booked AFTER UPDATE ON ledger_leaves BEGIN SELECT booking(); END`,
}

var postgresBooking = []string{
	`CREATE FUNCTION booking() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END'`,
	`CREATE TRIGGER booked AFTER INSERT OR UPDATE ON ledger_leaves EXECUTE FUNCTION booking()`,
}

// bounded makes PostgreSQL end the transaction of a stopped worker soon.
func bounded(t *testing.T, storeURL string) string {
	t.Helper()
	if strings.HasPrefix(storeURL, "sqlite:") || *freezeReal {
		return storeURL
	}
	u, err := url.Parse(storeURL)
	require.NoError(t, err)
	u.RawQuery += "&idle_in_transaction_session_timeout=1s"
	return u.String()
}

// freezeFront stands between workers and Dynamics, and stops a worker that is at a request.
type freezeFront struct {
	sim http.Handler

	mu     sync.Mutex
	point  string
	left   int
	victim *batchWorker
	atWork int // requests
	log    []string
}

// idle tells whether Dynamics has done what it was asked.
func (p *freezeFront) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.atWork == 0
}

func (p *freezeFront) works(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atWork += n
}

// note keeps what became of a request, for whoever wants to know who wrote what.
func (p *freezeFront) note(r *http.Request, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, fmt.Sprintf("%s request %s of session %s: %s", time.Now().Format("15:04:05.000"),
		r.Header.Get("x-ms-client-request-id"), r.Header.Get("x-ms-client-session-id"), what))
}

func (p *freezeFront) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

func (p *freezeFront) arm(point string, nth int, victim *batchWorker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.point, p.left, p.victim = point, nth, victim
}

func (p *freezeFront) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, "UpdateMultiple") {
		p.sim.ServeHTTP(rw, r)
		return
	}
	p.note(r, "begins")
	body, err := io.ReadAll(r.Body)
	p.note(r, "is there")
	p.works(1)
	defer p.works(-1)
	if err != nil {
		return // a request that was not sent to its end
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	r = r.WithContext(context.WithoutCancel(r.Context())) // Dynamics goes on with what it has begun
	hit := p.hits()
	if hit && p.point == pointAsked {
		p.victim.stop()
	}
	answer := httptest.NewRecorder()
	p.sim.ServeHTTP(answer, r)
	p.note(r, "is answered")
	if hit && p.point == pointAnswered {
		p.victim.stop()
	}
	for name, values := range answer.Header() {
		rw.Header()[name] = values
	}
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(answer.Body.Bytes()) // a worker that was killed needs none
}

func (p *freezeFront) hits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.victim == nil || p.point != pointAsked && p.point != pointAnswered {
		return false
	}
	p.left--
	return p.left == 0
}

// batchWorker is a worker in a process of its own.
type batchWorker struct {
	process *os.Process
	in      io.Writer
	out     *bufio.Scanner
}

func startBatchWorker(t *testing.T, settings workerSettings) *batchWorker {
	t.Helper()
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), workerVariable+"="+string(text))
	command.Stderr = io.Discard
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()         // which says that it was killed
	})
	return &batchWorker{process: command.Process, in: in, out: bufio.NewScanner(out)}
}

// stop returns when the whole process stands still: what it is told then, it hears when it wakes.
func (w *batchWorker) stop() {
	_ = w.process.Signal(syscall.SIGSTOP) // one that has ended is found so
	for end := time.Now().Add(freezePatience); !w.stopped() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

func (w *batchWorker) stopped() bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.process.Pid))
	return err == nil && strings.Contains(string(state), ") T ")
}

func (w *batchWorker) awaitStopped(t *testing.T) {
	t.Helper()
	require.Eventually(t, w.stopped, freezePatience, 5*time.Millisecond, "it never came there")
}

func (w *batchWorker) begin(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(w.in, "send\n")
	require.NoError(t, err)
}

func (w *batchWorker) answer() (a workerAnswer) {
	for w.out.Scan() {
		if json.Unmarshal(w.out.Bytes(), &a) == nil {
			return a
		}
	}
	return workerAnswer{Error: "the worker has ended", Final: true}
}

// untilStopped repeats attempts that a busy machine has ended before they came to the point, and
// gives the one that was stopped.
func (w *batchWorker) untilStopped(stopped *atomic.Bool) workerAnswer {
	for {
		a := w.answer()
		if stopped.Load() || a.Final || a.Error == "" {
			return a
		}
		time.Sleep(firstLook)
		if _, err := io.WriteString(w.in, "send\n"); err != nil {
			return a
		}
	}
}

// untilDone repeats attempts as Temporal does.
func (w *batchWorker) untilDone() (answers []workerAnswer) {
	for {
		a := w.answer()
		answers = append(answers, a)
		if a.Final || a.Error == "" && a.Pending == 0 {
			return answers
		}
		time.Sleep(firstLook)
		if _, err := io.WriteString(w.in, "send\n"); err != nil {
			return answers
		}
	}
}

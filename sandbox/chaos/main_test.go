package chaos

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"audienceflow/sandbox/temporal"
	_ "audienceflow/worker/host" // so that no result is kept from before the programs have changed
)

var (
	seedFlag     = flag.Uint64("seed", 1, "what the chaos test draws its events and its data from")
	durationFlag = flag.Duration("duration", 80*time.Second, "how long the chaos test disturbs, all rounds on all stores together")
	storeFlag    = flag.String("store", "both", "the chaos test's store: sqlite, postgres or both")
	roundsFlag   = flag.Int("rounds", 1, "rounds of the freeze test on each store; all but the first take a minute")
	keepFlag     = flag.Bool("keep", false, "leave stores and logs of the chaos test where they are, also when it passes")
)

// temporalVariable makes this program a Temporal server: the address and the file, instead of the
// tests.
const temporalVariable = "CHAOS_TEMPORAL"

// binaries is the folder of the programs under test.
var binaries string

func TestMain(m *testing.M) {
	if file := os.Getenv(temporalVariable); file != "" {
		os.Exit(serveTemporal(file, os.Args[1]))
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		code = 1
	}
	os.Exit(code)
}

// serveTemporal is a Temporal server as a process of its own, so that it can be killed and stopped.
func serveTemporal(file, port string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	number, err := strconv.Atoi(port)
	if err == nil {
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
		var server *temporal.Server
		if server, err = temporal.Start(ctx, temporal.Options{FrontendPort: number, DBFile: file}); err == nil {
			fmt.Println(readyLine)
			<-ctx.Done()
			return exitCode(server.Stop(context.Background()))
		}
	}
	return exitCode(err)
}

// readyLine is what the server prints when it answers.
const readyLine = "Temporal is ready"

func exitCode(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		return 1
	}
	return 0
}

func runAll(m *testing.M) (code int, err error) {
	if binaries, err = os.MkdirTemp("", "audienceflow-chaos"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(binaries)) }()
	return m.Run(), nil
}

// build makes the programs under test, once.
var build = sync.OnceValue(func() error {
	for name, folder := range map[string]string{"worker": "./worker", "starter": "./starter", "simulator": "./dynamics/simulator/cmd"} {
		command := exec.Command("go", "build", "-o", filepath.Join(binaries, name), folder)
		command.Dir = filepath.Join("..", "..")
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, output)
		}
	}
	return nil
})

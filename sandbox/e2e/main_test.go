package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"audienceflow/sandbox/temporal"
)

const stopTime = 20 * time.Second

// shared is what all tests share; TestMain makes it.
var shared struct {
	temporal *temporal.Server
	binaries string // the folder of worker, starter and sandbox
}

// atOnce is how many tests run beside each other, each in a world of its own: they wait far more
// than they compute.
const atOnce = "5"

func TestMain(m *testing.M) {
	flag.Parse()
	if !set("test.parallel") {
		_ = flag.Set("test.parallel", atOnce) // the testing package's own flag
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	shared.binaries, err = os.MkdirTemp("", "audienceflow-e2e")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(shared.binaries)) }()
	root := filepath.Join("..", "..")
	for _, command := range []string{"worker", "starter", "sandbox"} {
		build := exec.Command("go", "build", "-o", filepath.Join(shared.binaries, command), "./"+command)
		build.Dir = root
		if output, err := build.CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", command, err, output)
		}
	}
	shared.temporal, err = temporal.Start(context.Background(), temporal.Options{UIPort: temporal.FreePort})
	if err != nil {
		return 1, err
	}
	code = m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	return code, shared.temporal.Stop(ctx)
}

// set reports whether a flag was given.
func set(name string) (given bool) {
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

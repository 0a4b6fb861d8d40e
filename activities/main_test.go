package activities

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"audienceflow/store/storetest"
)

// besides is how many tests run at a time, unless -parallel says otherwise: most of their time they
// wait, for a lease to run out or for a request that hangs.
const besides = "16"

// insteadOfTests makes this program something else than the tests of this package, and reports
// whether it did.
var insteadOfTests = func() bool { return false }

func TestMain(m *testing.M) {
	if insteadOfTests() {
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", besides); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return storetest.Main(m)
}

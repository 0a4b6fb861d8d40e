package ledger

import (
	"os"
	"testing"

	"audienceflow/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

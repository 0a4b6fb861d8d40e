package sqldb

import (
	"fmt"
	"os"
)

// applicationName is what pg_stat_activity shows of this process: whoever waits for a lock finds
// there which process of ours, and on which host, holds it. PostgreSQL keeps 63 bytes of it.
func applicationName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("audienceflow/%d@%s", os.Getpid(), host)
}

package runlog

import (
	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"context"
	"encoding/json"
	"time"
)

// Ending is how a run ends.
type Ending struct {
	Status, Reason, Error string
	Report                []byte
	Counts                runs.Numbers
	At                    time.Time
}

// End ends a run that has not ended.
func End(ctx context.Context, t *sqldb.Tx, run string, e Ending) error {
	counts, err := json.Marshal(e.Counts)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE runs SET status = ?, reason = ?, error = ?, report = ?, counts = ?, ended_at = ?, since = ?
		WHERE run = ? AND ended_at IS NULL`,
		e.Status, e.Reason, e.Error, nullText(e.Report), string(counts), sqldb.Micros(e.At), sqldb.Micros(e.At), run)
	return err
}

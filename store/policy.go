package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// What an exit does to the status column.
const (
	ExitWrite = "write" // write the word for exited
	ExitClear = "clear" // set the column to null
	ExitKeep  = "keep"  // send nothing; the ledger alone remembers the exit
)

// Policy is what a run decides by: where it writes, in which words, and what an exit means. The
// same for all steps of a run; the first planning keeps it in the runs table, for previews and
// recovery.
type Policy struct {
	Destination  string `json:"destination"`
	StatusColumn string `json:"statusColumn"` // logical name
	RealizedWord string `json:"realizedWord"`
	ExitedWord   string `json:"exitedWord"`
	OnExit       string `json:"onExit"`         // ExitWrite (also when empty), ExitClear, ExitKeep
	Full         bool   `json:"full,omitempty"` // send also what is equal
}

// word is the word that a row of the given status asks for, nil for null; send is false when an
// exit is kept to ourselves.
func (p Policy) word(exited bool) (word *string, send bool) {
	switch {
	case !exited:
		return &p.RealizedWord, true
	case p.OnExit == ExitClear:
		return nil, true
	case p.OnExit == ExitKeep:
		return nil, false
	default:
		return &p.ExitedWord, true
	}
}

// keepPolicy keeps the first policy that a run plans by, for previews and for recovery by somebody
// else.
func keepPolicy(ctx context.Context, t *sqldb.Tx, run string, p Policy) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE runs SET policy = ? WHERE run = ? AND policy IS NULL`, string(text), run)
	return err
}

// policy gives the policy that a run has been planned by; the zero Policy before that.
func (s *Store) policy(ctx context.Context, run string) (Policy, error) {
	var text sql.NullString
	found, err := s.db.QueryOne(ctx, `SELECT policy FROM runs WHERE run = ?`, []any{run}, &text)
	if err != nil {
		return Policy{}, err
	}
	if !found {
		return Policy{}, runlog.ErrNoRun
	}
	var p Policy
	if text.Valid {
		err = sqldb.AsDamaged("the policy of a run", json.Unmarshal([]byte(text.String), &p))
	}
	return p, err
}

package sqldb

import (
	"context"
	"errors"
	"time"
)

const (
	// checkpointPatience is how long a checkpoint waits for those who read, checkpointPause the
	// wait between two tries.
	checkpointPatience = 5 * time.Second
	checkpointPause    = 20 * time.Millisecond
)

// Checkpoint copies SQLite's write-ahead log into the file and empties it, so that nothing of what
// was deleted is left there. It gives up, without an error, while others read for long: the next
// one will do. PostgreSQL needs none.
func (s *DB) Checkpoint(ctx context.Context) (emptied bool, err error) {
	if s.dialect == postgres {
		return true, nil
	}
	for deadline := time.Now().Add(checkpointPatience); ; {
		emptied, err = s.tryCheckpoint(ctx)
		if emptied || err != nil || time.Now().After(deadline) {
			return emptied, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(checkpointPause):
		}
	}
}

// tryCheckpoint does not wait for others, and lets them write before the next try.
func (s *DB) tryCheckpoint(ctx context.Context) (emptied bool, err error) {
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-s.writer.turn:
	}
	defer func() { s.writer.turn <- struct{}{} }()
	var blocked, logged, copied int64
	row := s.writer.conn.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)")
	err = row.Scan(&blocked, &logged, &copied)
	if busy(err) {
		return false, nil
	}
	return err == nil && blocked == 0, Explain(err)
}

// Scrub rewrites a SQLite file from which versions without secure_delete have deleted rows, once:
// what was deleted then stands in its free pages. Others wait meanwhile, some seconds for each GiB.
// done tells whether there was anything to do.
func (s *DB) Scrub(ctx context.Context) (done bool, err error) {
	if s.dialect == postgres {
		return false, nil
	}
	const known = `SELECT 1 FROM store_info WHERE name = 'scrubbed'`
	var one int
	if found, err := s.QueryOne(ctx, known, nil, &one); found || err != nil {
		return false, err
	}
	if err := s.vacuum(ctx); err != nil {
		return false, err
	}
	if _, err := s.Checkpoint(ctx); err != nil {
		return false, err
	}
	return true, s.markScrubbed(ctx)
}

func (s *DB) markScrubbed(ctx context.Context) error {
	return s.Update(ctx, func(t *Tx) error {
		const mark = `INSERT INTO store_info (name, value) VALUES ('scrubbed', ?) ON CONFLICT DO NOTHING`
		_, err := t.Exec(ctx, mark, time.Now().UTC().Format(time.RFC3339))
		return err
	})
}

// vacuum takes a connection of its own: the copy that it makes belongs on a disk, not into memory.
func (s *DB) vacuum(ctx context.Context) error {
	dsn := sqliteDSN(s.path, readCacheKiB, readWrite) + "&_pragma=temp_store(FILE)"
	db, err := s.connect(dsn)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM")
	return Explain(errors.Join(err, db.Close()))
}

package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresConnections bounds one process' share of PostgreSQL's connections (100 by default for
// all).
const postgresConnections = 10

// plans keep the planner to look-ups by key, which is what every statement on the way of the data
// is made for. A freshly filled table has no statistics that would tell it so, and a plan made
// while the tables were empty would be kept for good. Without them five of the statements that
// EXPLAIN is asked about go through a table or through more of a key than they must: the contacts
// in flight for others and of a column, the batches that are being sent, the pages that are in no
// batch yet, and the blocks that hold a contact. The plain way would be to write out LATERAL
// look-ups for these too.
//
// At 100,000 contacts in a new database that is no matter: the store's BenchmarkRun takes 18 and 25
// s with them and 19 and 20 s without, at the same CPU per contact. Batches alone are made in 11
// and 13 ms instead of 17 and 31 ms, and without them that grows with the square of the pages.
// Just-in-time compilation is off because the planner takes a way that it was kept from for an
// expensive query worth compiling.
var plans = map[string]string{
	"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off",
	"application_name": applicationName(),
}

// bounds are how long a session may keep others waiting, and may itself be kept waiting: a process
// that is stopped in a transaction holds a destination's lock, and the server knows better than its
// peers when to take that away.
var bounds = map[string]string{
	"idle_in_transaction_session_timeout": "15s", // our transactions never rest for longer than it takes to compute some rows
	"lock_timeout":                        "60s", // several times the one above: what is in its way is gone by then
	"statement_timeout":                   "2min",
	"tcp_user_timeout":                    "60s",
	"tcp_keepalives_idle":                 "30s",
	"tcp_keepalives_interval":             "10s",
	"tcp_keepalives_count":                "3",
	"connect_timeout":                     "10", // the driver's, in seconds
	socketTimeout:                         "150s",
}

// migrating replaces bounds while the schema is migrated: a statement that rewrites a table may
// take long. A process that is stopped meanwhile holds the lock of its session, not of a
// transaction.
var migrating = map[string]string{
	"statement_timeout": "1h", "idle_session_timeout": "15s", socketTimeout: "61min",
}

// socketTimeout is our own parameter of STORE_URL: how long the server may leave a request without
// any sign of life.
const socketTimeout = "socket_timeout"

func (s *DB) openPostgres(ctx context.Context, url string) error {
	s.dialect = postgres
	if err := migratePostgres(ctx, url, s.migrations); err != nil {
		return openError("", err)
	}
	db, err := connectPostgres(url, nil)
	if err != nil {
		return openError("", err)
	}
	s.read, s.write = db, db
	if s.id, err = ensureID(ctx, s.write, s.dialect); err != nil {
		return openError("", err)
	}
	return nil
}

func migratePostgres(ctx context.Context, url string, migrations fs.FS) error {
	db, err := connectPostgres(url, migrating)
	if err != nil {
		return err
	}
	if err = db.PingContext(ctx); err == nil {
		err = migrate(ctx, db, postgres, migrations)
	}
	return errors.Join(err, db.Close())
}

// connectPostgres makes the connections to the database of a URL, whose parameters go before ours.
func connectPostgres(url string, instead map[string]string) (*sql.DB, error) {
	config, err := postgresConfig(url, instead)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConnections)
	db.SetMaxIdleConns(postgresConnections)
	return db, nil
}

func postgresConfig(dsn string, instead map[string]string) (*pgx.ConnConfig, error) {
	if err := checkPostgresURL(dsn); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(withDefaults(dsn, instead, plans, bounds))
	if err != nil {
		return nil, postgresURLError(err)
	}
	silence, err := socketSilence(config.RuntimeParams[socketTimeout])
	if err != nil {
		return nil, err
	}
	delete(config.RuntimeParams, socketTimeout)
	config.DialFunc = dialer(silence)
	return config, nil
}

// withDefaults adds to a URL the parameters that it does not have; what comes first is taken.
func withDefaults(dsn string, defaults ...map[string]string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // the driver says what is wrong with it
	}
	query := u.Query()
	for _, those := range defaults {
		for name, value := range those {
			if !query.Has(name) {
				query.Set(name, value)
			}
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// socketSilence reads a time as PostgreSQL writes them: 150s, 2min, 1h, or milliseconds.
func socketSilence(text string) (time.Duration, error) {
	text = strings.ReplaceAll(text, " ", "")
	if text != "" && strings.Trim(text, "0123456789") == "" {
		text += "ms"
	}
	d, err := time.ParseDuration(strings.Replace(text, "min", "m", 1))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s in STORE_URL is no time: write it as PostgreSQL does, 150s or 2min", socketTimeout)
	}
	return d, nil
}

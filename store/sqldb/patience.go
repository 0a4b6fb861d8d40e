package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"audienceflow/backoff"
)

// pauses are between two tries to reach the store.
var pauses = backoff.Pauses{First: 500 * time.Millisecond, Longest: 10 * time.Second}

// Patiently repeats a step for as long as the store's database cannot be reached, or is only
// starting, and tells each cause once. Any other error, or the end of ctx, ends it. It is for
// programs that start together with their database.
func Patiently(ctx context.Context, step func() error, tell func(cause error)) error {
	return pauses.Until(ctx, step, passing, tell)
}

// passing tells whether an error of the database can be over by itself: it cannot be reached, is
// starting or stopping, has no connection left, or is locked by somebody else. Any other error
// stays until somebody mends its cause.
func passing(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "53300": // shut down, crashed, starting, too many connections
			return true
		case "25P03", "55P03", "57014", "57P05": // one of the time-outs that bound how long sessions wait for each other
			return true
		}
		return strings.HasPrefix(pg.Code, "08") // the connection was lost
	}
	var connect *pgconn.ConnectError
	var silent *socketTimeoutError
	return errors.As(err, &silent) || errors.As(err, &connect) || lost(err) || busy(err)
}

// lost tells whether a connection has ended while it was used.
func lost(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

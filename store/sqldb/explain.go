package sqldb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	msqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// openError says what is wrong with the place of a store and what to do. path is empty for
// PostgreSQL.
func openError(path string, err error) error {
	var newer *NewerSchema
	if errors.As(err, &newer) {
		return err
	}
	if path == "" {
		return fmt.Errorf("cannot open the store on PostgreSQL: %w", Explain(err))
	}
	return fmt.Errorf("cannot open the store at %s: %w", path, Explain(err))
}

// explained is an error of the database with what to do about it.
type explained struct {
	cause error
	help  string
}

func (e *explained) Error() string { return e.help + " (" + e.cause.Error() + ")" }
func (e *explained) Unwrap() error { return e.cause }

// Explain adds what to do to errors of the database that an operator can do something about.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	help := ""
	var lite *msqlite.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var silent *socketTimeoutError
	var held *lockedError
	switch {
	case errors.As(err, &held): // says all there is to say
	case errors.As(err, &lite):
		help = sqliteHelp(lite.Code())
		if primary := lite.Code() & primaryCode; primary == lib.SQLITE_NOTADB || primary == lib.SQLITE_CORRUPT {
			err = &Damaged{What: "the file", cause: err}
		}
	case errors.As(err, &pg):
		help = postgresHelp(pg.Code)
		// A PostgreSQL error's detail can quote the row it stumbled over; its message cannot be
		// trusted either.
		err = &postgresError{code: pg.Code, cause: err}
	case errors.As(err, &connect):
		help = connectHelp(connect)
	case errors.As(err, &silent):
		help = "PostgreSQL has left a request without an answer: is its host stopped, overloaded or gone?"
	case lost(err):
		help = "the connection to PostgreSQL was lost: nothing is kept of a transaction that was not committed"
	}
	if help == "" {
		return err
	}
	return &explained{cause: err, help: help}
}

// connectHelp tells a server that is not there from one whose TLS does not do.
func connectHelp(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &host):
		return "PostgreSQL's certificate is for another host: let STORE_URL name the host as the certificate does"
	case errors.As(err, &authority):
		return "PostgreSQL's certificate is not trusted: name the PEM file of its authority as sslrootcert=FILE in STORE_URL, or as SSL_CERT_FILE"
	case errors.As(err, &certificate):
		return "PostgreSQL's certificate is not valid: look at its dates and its chain"
	case strings.Contains(err.Error(), "server refused TLS"):
		return "PostgreSQL does not speak TLS, which sslmode in STORE_URL asks for: switch ssl on there, or leave sslmode out"
	}
	return "no connection to PostgreSQL: is it running, and are host and port in STORE_URL right?"
}

// primaryCode masks the extended part of a SQLite result code.
const primaryCode = 0xff

func sqliteHelp(code int) string {
	switch code & primaryCode {
	case lib.SQLITE_FULL:
		return "no space left on the disk of the store: make room, then go on"
	case lib.SQLITE_READONLY:
		return "the store's file or its folder is read-only: give this user the right to write there, or choose another place with STORE_URL"
	case lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		return "the store's file cannot be opened: check the path in STORE_URL and the rights on its folder"
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return "the file is not a SQLite database, or it is damaged: choose another file with STORE_URL, or restore a backup"
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return "another process keeps the store locked: stop whatever else has the file open (a backup, a database browser)"
	case lib.SQLITE_IOERR:
		return "the disk of the store does not read or write as it should: check the disk; network file systems do not work for SQLite"
	}
	return ""
}

func postgresHelp(code string) string {
	switch code {
	case "53100":
		return "no space left on the disk of PostgreSQL: make room, then go on"
	case "28P01", "28000":
		return "PostgreSQL refused the sign-in: check user and password in STORE_URL"
	case "3D000":
		return "PostgreSQL has no such database: create it, or correct STORE_URL"
	case "42501":
		return "the PostgreSQL user may not do this: make it the owner of the database"
	case "53300":
		return "PostgreSQL has no connection left: raise max_connections, or run fewer workers"
	case "25P03":
		return "PostgreSQL has ended a transaction that this process left alone for too long, and nothing is kept of it: " +
			"was the process stopped, or short of processor time?"
	case "55P03":
		return "another session has held a lock for longer than lock_timeout: look in pg_stat_activity which one, and what it waits for; " +
			"application_name there tells process and host of those of Audienceflow"
	case "57014":
		return "PostgreSQL took longer than statement_timeout, or somebody has cancelled it: is its host overloaded?"
	case "57P01":
		return "PostgreSQL has ended this session: it is shutting down, or an administrator has asked for it"
	case "25006":
		return "PostgreSQL is read-only (a standby?): point STORE_URL at the primary"
	}
	return ""
}

// postgresError is an error of PostgreSQL by its code alone.
type postgresError struct {
	code  string
	cause error
}

func (e *postgresError) Error() string { return "PostgreSQL error " + e.code }
func (e *postgresError) Unwrap() error { return e.cause }

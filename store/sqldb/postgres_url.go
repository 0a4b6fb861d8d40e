package sqldb

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// errPostgresURL shows nothing of the URL: with a reserved character in the password, parts of the
// password stand where a host or a database should.
var errPostgresURL = errors.New("STORE_URL is not of the form postgres://USER:PASSWORD@HOST:5432/DATABASE: " +
	"in user and password write %2F for /, %3F for ?, %23 for #, %25 for % and %40 for @")

// checkPostgresURL refuses a URL that cannot be parsed, or whose password has most likely become a
// host or a database, before either is looked up or shown.
func checkPostgresURL(dsn string) error {
	u, err := url.Parse(dsn)
	if err != nil {
		return errPostgresURL
	}
	passwordInQuery := u.User == nil && u.Path == "" && strings.Contains(u.RawQuery, "@")
	if u.Fragment != "" || strings.Contains(u.Path, "@") || passwordInQuery {
		return errPostgresURL
	}
	return nil
}

// postgresURLError says what the driver finds wrong with a URL, without the URL.
func postgresURLError(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) && parse.Unwrap() != nil {
		return fmt.Errorf("STORE_URL cannot be used: %w", parse.Unwrap())
	}
	return err
}

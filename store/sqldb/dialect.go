package sqldb

import (
	"regexp"
	"strconv"
	"strings"
)

// dialect is the database spoken to. Statements are written once, with ? for parameters; the few words that differ are here.
type dialect string

const (
	sqlite   dialect = "sqlite"
	postgres dialect = "postgres"
)

// bind rewrites ? parameters to $1, $2 ... for PostgreSQL. Statements hold no question marks in literals.
func (d dialect) bind(query string) string {
	if d == sqlite {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + len(query)/4)
	n := 0
	for {
		i := strings.IndexByte(query, '?')
		if i < 0 {
			b.WriteString(query)
			return b.String()
		}
		n++
		b.WriteString(query[:i])
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = query[i+1:]
	}
}

// indexedBy tells SQLite, which keeps no statistics here, which index to use.
var indexedBy = regexp.MustCompile(` INDEXED BY \w+`)

var lookUp = regexp.MustCompile(`(LEFT|CROSS) JOIN (\w+) (\w+) ON ([^\n]*)`)

// lookUps makes the joins of a query, each on a line of its own, into look-ups by key, one for each row before them. SQLite does
// that for a LEFT or CROSS JOIN. PostgreSQL needs to be told: for a table that it takes for empty it prefers to go through all of
// it each time, and keeps to that while the table grows.
func (d dialect) lookUps(query string) string {
	if d == sqlite {
		return query
	}
	query = indexedBy.ReplaceAllString(query, "")
	query = lookUp.ReplaceAllString(query, "$1 JOIN LATERAL (SELECT * FROM $2 $3 WHERE $4 OFFSET 0) $3 ON true")
	return strings.ReplaceAll(query, "CROSS JOIN LATERAL", "JOIN LATERAL")
}

// schema puts a migration, written for both, into the dialect's words: SQLite compares bytes anyway and clusters a table by its
// key when told to, which is what makes a range of contacts a range of pages; PostgreSQL knows no such tables.
func (d dialect) schema(text string) string {
	if d == sqlite {
		return strings.NewReplacer(` COLLATE "C"`, "", "BYTEA", "BLOB", "to_json(", "json_quote(",
			"NOW_MICROS", "(unixepoch() * 1000000)").Replace(text)
	}
	return strings.NewReplacer(" WITHOUT ROWID", "",
		"NOW_MICROS", "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Replace(text)
}

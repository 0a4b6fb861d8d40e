package sqldb

import (
	"strconv"
	"strings"
)

// dialect is the database spoken to. Statements have ? for parameters on both; where their words
// differ there are two, see Statement.
type dialect string

const (
	sqlite   dialect = "sqlite"
	postgres dialect = "postgres"
)

// bind rewrites ? parameters to $1, $2 ... for PostgreSQL. Statements hold no question marks in
// literals.
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

// Statement is a statement in the words of each database, for what one text cannot say on both.
type Statement struct{ SQLite, PostgreSQL string }

// Words gives a statement in the words of the database.
func (t *Tx) Words(s Statement) string {
	if t.db.dialect == postgres {
		return s.PostgreSQL
	}
	return s.SQLite
}

// schema puts a migration, written for both, into the dialect's words: SQLite compares bytes anyway
// and clusters a table by its key when told to, which is what makes a range of contacts a range of
// pages; PostgreSQL knows no such tables.
func (d dialect) schema(text string) string {
	if d == sqlite {
		return strings.NewReplacer(` COLLATE "C"`, "", "BYTEA", "BLOB", "to_json(", "json_quote(",
			"NOW_MICROS", "(unixepoch() * 1000000)").Replace(text)
	}
	return strings.NewReplacer(" WITHOUT ROWID", "",
		"NOW_MICROS", "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Replace(text)
}

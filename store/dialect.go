package store

import (
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

// schema puts a migration, written for both, into the dialect's words: SQLite compares bytes anyway and clusters a table by its
// key when told to, which is what makes a range of contacts a range of pages; PostgreSQL knows no such tables.
func (d dialect) schema(text string) string {
	if d == sqlite {
		return strings.NewReplacer(` COLLATE "C"`, "", "BYTEA", "BLOB").Replace(text)
	}
	return strings.ReplaceAll(text, " WITHOUT ROWID", "")
}

package source_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// TestWhatADatabaseSaysOfAQuery is for people alone: whole, with its place in the query, and
// nothing of it in the error's text.
func TestWhatADatabaseSaysOfAQuery(t *testing.T) {
	url := database(t)
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(t.Context(), `CREATE FUNCTION grade(n int) RETURNS text LANGUAGE plpgsql AS
		$$ BEGIN IF n = 2 THEN RAISE EXCEPTION 'no grade of Quarzfeder' USING DETAIL = 'row of Zinnober', HINT = 'ask Vetiver'; END IF; RETURN 'A'; END $$`)
	require.NoError(t, err)
	const columns = "SELECT id, status, time, first"
	for name, test := range map[string]struct {
		query, want string
		secret      string // a value that the words quote
	}{
		"a column": {columns + ",\n  frst FROM members", `the database says: column \"frst\" does not exist ` +
			`(Perhaps you meant to reference the column \"members.first\".); in line 2, column 3 of source.sql, at: frst FROM members`, "frst"},
		"a table": {columns + " FROM mebmers", `relation \"mebmers\" does not exist; in line 1, column 37 of source.sql, at: mebmers`, "mebmers"},
		"a slip behind umlauts": {"SELECT 'Zoë 李' AS first, id, status, time FRM members",
			`syntax error at or near \"members\"; in line 1, column 47 of source.sql, at: members`, "members"},
		"a type, that quotes a value": {"SELECT id, status, time, first FROM members WHERE n = 'Quarzfeder'",
			`invalid input syntax for type integer: \"Quarzfeder\"; in line 1, column 55 of source.sql, at: 'Quarzfeder'`, "Quarzfeder"},
		"a value of a row": {"SELECT id, status, time, (status::int)::text AS first FROM members ORDER BY n",
			`the database says: invalid input syntax for type integer: \"active\"`, "active"},
		"a date of a row": {"SELECT id, status, time, (status::date)::text AS first FROM members", `invalid input syntax for type date: \"active\"`, "active"},
		"a division":      {"SELECT id, status, time, (1 / (n - 2))::text AS first FROM members ORDER BY n", "the database says: division by zero", "division"},
		"a function of ours": {"SELECT id, status, time, grade(n) AS first FROM members ORDER BY n",
			"no grade of Quarzfeder (row of Zinnober) (ask Vetiver), in PL/pgSQL function grade(integer) line 1 at RAISE", "Quarzfeder"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := source.Open(t.Context(), sqlActivation(test.query), source.Options{Now: time.Now(), DatabaseURL: url})
			if err == nil {
				defer func() { require.NoError(t, r.Close()) }()
				_, err = drain(t, r)
			}
			var refused *audience.SourceError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Detail, test.want)
			require.NotContains(t, err.Error(), test.secret)
		})
	}
}

package store_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/sqldb"
)

// withNewer makes a program one of a release to come, whose schema has grown.
func withNewer() store.Option {
	text, err := os.ReadFile("testdata/newer.sql")
	if err != nil {
		panic(err)
	}
	return store.WithNewer("09999_newer.sql", string(text))
}

// TestTheNewerSchemaTouchesEveryTable: one that is added to the schema has to be added to it, too.
func TestTheNewerSchemaTouchesEveryTable(t *testing.T) {
	t.Parallel()
	url := copyOnSQLite(t)
	open(t, url)
	db, _ := database(t, url)
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('goose_db_version', 'newer')`)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	text, err := os.ReadFile("testdata/newer.sql")
	require.NoError(t, err)
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		require.Contains(t, string(text), "ALTER TABLE "+name+" ADD COLUMN")
	}
	require.NoError(t, rows.Err())
}

// TestTwoReleasesShareAStore has the newer one migrate it under an older one that is at work, and
// leave it to the older one again: a batch that is out, a run, a stream's inbox and a check go on.
func TestTwoReleasesShareAStore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(20)}
		older := open(t, url, store.WithClock(now.Now))
		require.NoError(t, older.AddDestination(t.Context(), "dynamics"))
		dynamics := blank(contact(1), contact(2), contact(3), contact(4), contact(5))
		ref := ready(t, older, "begun", dynamics, row(contact(1), day(1), day(9), `{"firstname":"Ann"}`), row(contact(2), day(1), day(9), `{}`))
		taken := take(t, older, ref)
		openStream(t, older)
		receive(t, older, event(3, day(9)), event(4, day(9)))

		next := open(t, url, store.WithClock(now.Now), withNewer())
		require.Equal(t, older.ID(), next.ID())
		_, err := older.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows})
		require.NoError(t, err)
		begin(t, next, "of the newer", runs.KindActivate, day(10))
		stage(t, next, "of the newer", row(contact(2), day(2), day(10), `{"firstname":"Bob"}`))
		plan(t, next, "of the newer", vip, dynamics)
		receive(t, next, event(5, day(9)))
		claimed := claim(t, next, 2) // and it is stopped
		require.NoError(t, next.Close())
		require.NoError(t, older.Close())

		back := open(t, url, store.WithClock(now.Now))
		require.Equal(t, claimed, claim(t, back, 2))
		require.Len(t, send(t, back, "of the newer", vip, dynamics), 1)
		require.Equal(t, 3, drainAll(t, back, dynamics))
		counts, err := back.Counts(t.Context(), "of the newer")
		require.NoError(t, err)
		require.EqualValues(t, 1, counts.Activated)
		exported, err := back.Exported(t.Context(), "dynamics", "acme_vip", "", 100)
		require.NoError(t, err)
		require.Len(t, exported, 5)
		require.Empty(t, problems(t, back))
		require.Empty(t, problems(t, open(t, url, store.ReadOnly())))
		schema, err := back.Schema(t.Context())
		require.NoError(t, err)
		require.Equal(t, int64(9999), schema.Has)
		require.True(t, schema.Usable)
		require.Less(t, schema.Wants, schema.Has)
		require.Empty(t, problems(t, open(t, url, withNewer())), "and forward again")
	})
}

// TestOpenRefusesANewerSchema that does not say that today's program can use it: one that says
// nothing, and one two releases ahead, which gives up what today's program needs.
func TestOpenRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(t *testing.T) store.Option{
		"that says nothing": func(*testing.T) store.Option { return store.WithNewer("09998_silent.sql", "-- +goose Up\nSELECT 1;\n") },
		"two releases ahead": func(t *testing.T) store.Option {
			return store.WithNewer("10000_contract.sql", `-- +goose Up
				ALTER TABLE runs DROP COLUMN absent_cursor;
				INSERT INTO store_info (name, value) VALUES ('usable_from:10000', '9999');`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothEmpty(t, func(t *testing.T, url string) {
				require.NoError(t, open(t, url, withNewer()).Close())
				require.NoError(t, open(t, url).Close())
				require.NoError(t, open(t, url, option(t)).Close())
				_, err := store.Open(t.Context(), url)
				refused := &sqldb.NewerSchema{}
				require.ErrorAs(t, err, &refused)
				require.NotEqual(t, int64(9999), refused.Unusable)
				require.ErrorContains(t, err, "use the newer program")
				require.Contains(t, problems(t, open(t, url, store.ReadOnly()))["schema"], "use the newer program")
				require.NoError(t, open(t, url, option(t)).Close())
			})
		})
	}
}

var (
	comment  = regexp.MustCompile(`(?m)--.*$`)
	addition = regexp.MustCompile(`^(CREATE (INDEX|TABLE) |INSERT INTO store_info |ALTER TABLE \w+ ADD COLUMN )`)
	required = regexp.MustCompile(`ADD COLUMN .*NOT NULL(\s*$|[^;]*(UNIQUE|REFERENCES|CHECK))`)
	claimRow = regexp.MustCompile(`'usable_from:(\d+)', '(\d+)'`)
)

// falseClaim says why a migration may not say that older programs go on with it, "" where it may
// or does not. They do with what is only added, and does not have to be filled in; of other steps
// only the release before can know that it needs nothing that goes.
func falseClaim(number, before int, migration string) string {
	up, _, _ := strings.Cut(migration, "-- +goose Down")
	up = comment.ReplaceAllString(up, "")
	claimed := claimRow.FindStringSubmatch(up)
	if claimed == nil {
		return ""
	}
	if claimed[1] != strconv.Itoa(number) {
		return "it speaks for version " + claimed[1]
	}
	if claimed[2] == strconv.Itoa(before) {
		return ""
	}
	for _, statement := range strings.Split(up, ";") {
		statement = strings.TrimSpace(statement)
		if statement != "" && (!addition.MatchString(statement) || required.MatchString(statement)) {
			return statement
		}
	}
	return ""
}

// TestMigrationsThatOlderProgramsGoOnWithOnlyAdd looks at all that say so.
func TestMigrationsThatOlderProgramsGoOnWithOnlyAdd(t *testing.T) {
	t.Parallel()
	texts := map[int]string{}
	for _, pattern := range []string{"migrations/*.sql", "migrations/*/*.sql", "testdata/newer.sql"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			number, err := strconv.Atoi(filepath.Base(file)[:5])
			if err != nil {
				number = 9999
			}
			texts[number] += string(text)
		}
	}
	before := 0
	for _, number := range slices.Sorted(maps.Keys(texts)) {
		require.Empty(t, falseClaim(number, before, texts[number]), number)
		before = number
	}
	const says = "INSERT INTO store_info (name, value) VALUES ('usable_from:35', '33');"
	for statement, fine := range map[string]bool{
		"CREATE TABLE t (a TEXT NOT NULL);": true, "CREATE INDEX i ON t (a);": true, "ALTER TABLE t ADD COLUMN a BIGINT;": true,
		"ALTER TABLE t ADD COLUMN a TEXT COLLATE \"C\" NOT NULL DEFAULT '';": true,
		"ALTER TABLE t ADD COLUMN a BIGINT NOT NULL;":                        false,
		"CREATE UNIQUE INDEX i ON t (a);":                                    false, "ALTER TABLE t DROP COLUMN a;": false, "DROP TABLE t;": false,
		"ALTER TABLE t RENAME COLUMN a TO b;": false, "UPDATE t SET a = 'b';": false, "DELETE FROM t;": false,
	} {
		require.Equal(t, fine, falseClaim(35, 34, "-- +goose Up\n"+statement+says) == "", statement)
		require.Empty(t, falseClaim(35, 34, "-- +goose Up\n"+statement), "it claims nothing")
		require.Empty(t, falseClaim(35, 33, "-- +goose Up\n"+statement+says), "it speaks of the version before it alone")
	}
	require.NotEmpty(t, falseClaim(36, 35, says), "it speaks for another")
}

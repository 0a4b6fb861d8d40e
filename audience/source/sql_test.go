package source_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/store/storetest"
)

// sqlActivation reads one mapped value with a query.
func sqlActivation(query string) audience.Activation {
	a := csvActivation()
	a.Source.SQL, a.Source.Connection = query, "CRM"
	return a
}

// database starts PostgreSQL with one table of members.
func database(t *testing.T) string {
	t.Helper()
	url := storetest.Database(t)
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(t.Context(), `CREATE TABLE members (n int, id uuid, status text, time timestamptz, first text, birth date, score numeric(6,2), vip bool, plain timestamp);
		INSERT INTO members VALUES
		(1, '`+guidA+`', 'active', '2026-01-01 01:00:00+01', 'Zoë', '1962-03-08', 12.50, true, '2026-01-01 00:00:00'),
		(2, '`+guidB+`', 'exited', NULL, NULL, NULL, NULL, NULL, NULL),
		(3, '`+guidC+`', 'odd', now(), '', NULL, 0, false, NULL),
		(4, NULL, 'active', now(), '', NULL, 0, false, NULL)`)
	require.NoError(t, err)
	return url
}

func TestSQL(t *testing.T) {
	url := database(t)
	open := func(a audience.Activation) (*source.Reader, error) {
		r, err := source.Open(t.Context(), a, source.Options{Now: time.Now(), DatabaseURL: url})
		if err == nil {
			t.Cleanup(func() { require.NoError(t, r.Close()) })
		}
		return r, err
	}
	t.Run("rows", func(t *testing.T) {
		a := sqlActivation("SELECT id, status, time, first, birth, score, vip FROM members ORDER BY n")
		for _, column := range []string{"birth", "score", "vip"} {
			a.Mapping = append(a.Mapping, audience.Mapping{Source: column, Target: column})
		}
		started := time.Now()
		r, err := open(a)
		require.NoError(t, err)
		require.WithinRange(t, r.AsOf(), started.Add(-time.Second), time.Now())
		require.False(t, r.Repeatable())
		records, err := drain(t, r)
		require.NoError(t, err)
		require.Equal(t, []string{"9fd6@1", "28c4@2", "unknown_status@3", "missing_contact_id@4"}, short(records))
		require.Equal(t, at(someTime), records[0].Time)
		require.Equal(t, time.Time{}, records[1].Time)
		text := func(s string) audience.Value { return audience.Value{State: audience.ValueText, Text: s} }
		require.Equal(t, []audience.Value{text("Zoë"), text("1962-03-08"), text("12.50"), text("true")}, records[0].Values)
		require.Equal(t, make([]audience.Value, 4), records[1].Values)
	})
	t.Run("a time without zone is UTC", func(t *testing.T) {
		r, err := open(sqlActivation("SELECT id, status, plain AS time, first FROM members WHERE n = 1"))
		require.NoError(t, err)
		records, err := drain(t, r)
		require.NoError(t, err)
		require.Equal(t, at(someTime), records[0].Time)
	})
	t.Run("no time", func(t *testing.T) {
		a := sqlActivation("SELECT id, status, first FROM members WHERE n < 3 ORDER BY n")
		a.Source.LastQualificationTime = ""
		r, err := open(a)
		require.NoError(t, err)
		records, err := drain(t, r)
		require.NoError(t, err)
		require.Equal(t, r.AsOf(), records[0].Time)
		again, err := open(a)
		require.NoError(t, err)
		require.NotEqual(t, r.Identity(), again.Identity(), "a query is never the same source twice")
	})
	for name, test := range map[string]struct {
		query, want string
		cause       audience.Cause
	}{
		"missing column": {"SELECT id, status FROM members", "column time (source.lastQualificationTime) is missing", audience.CauseHeader},
		"no such table":  {"SELECT * FROM hunter2", "refuses the query (code 42P01)", audience.CauseFormat},
		"writes":         {"DELETE FROM members RETURNING id, status, time, first", "refuses the query (code 25006)", audience.CauseFormat},
		"fails midway":   {"SELECT id, status, time, (1 / (n - 2))::text AS first FROM members ORDER BY n", "(code 22012)", audience.CauseFormat},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := open(sqlActivation(test.query))
			if err == nil {
				_, err = drain(t, r)
			}
			var refused *audience.SourceError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.cause, refused.Cause)
			require.Contains(t, err.Error(), test.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := source.Open(ctx, sqlActivation("SELECT id, status, time, first FROM members, generate_series(1, 100000)"), source.Options{DatabaseURL: url})
		require.NoError(t, err)
		cancel()
		_, err = drain(t, r)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, r.Close())
	})
}

func TestSQLConnection(t *testing.T) {
	for url, want := range map[string]string{
		"": "SOURCE_<NAME>_URL", "mysql://u:hunter2@h/db": "must start with postgres://", "postgres://u:hunter2@h:port": "must start with postgres://",
		"postgres://u:hunter2@127.0.0.1:1/db": "the database cannot be reached", "postgres://u:hunter2@127.0.0.1:1/db?sslmode=hunter2": "the database cannot be reached",
	} {
		_, err := source.Open(t.Context(), sqlActivation("SELECT 1"), source.Options{DatabaseURL: url})
		var refused *audience.SourceError
		require.ErrorAs(t, err, &refused, url)
		require.Contains(t, err.Error(), want)
		require.NotContains(t, strings.ToLower(err.Error()), "hunter2")
	}
}

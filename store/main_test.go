package store_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
	"audienceflow/store/storetest"
)

// Set once, before the tests of this package run.
var (
	server *storetest.Server
	// template are the URLs of a new store on each database, which tests get copies of.
	template struct{ sqlite, postgres string }
)

// besides is how many tests run at a time, unless -parallel says otherwise: they wait for disks,
// for locks and for PostgreSQL.
const besides = "8"

// onNewer has the tests find stores that a release to come has left.
var onNewer = flag.Bool("newer", false, "run the tests on a schema that is one ahead of today's")

func TestMain(m *testing.M) {
	if url := os.Getenv(holderVariable); url != "" {
		os.Exit(holdAndGoOn(url))
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	flag.Parse()
	defer storetest.StopShared()
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	template.sqlite = "sqlite:" + filepath.Join(folder, "store.db")
	templates := []string{template.sqlite}
	if storetest.Wanted() {
		if server, err = storetest.Shared(); err != nil {
			return 0, err
		}
		if template.postgres, err = server.NewDatabase(ctx); err != nil {
			return 0, err
		}
		templates = append(templates, template.postgres)
	}
	for _, url := range templates {
		var with []store.Option
		if *onNewer {
			with = append(with, withNewer())
		}
		s, err := store.Open(ctx, url, with...)
		if err != nil {
			return 0, err
		}
		if err := s.Close(); err != nil {
			return 0, err
		}
	}
	// A failure prints what repeats it; files of it belong to nobody's tree.
	if err = errors.Join(flag.Set("rapid.nofailfile", "true"), flag.Set("test.parallel", besides)); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// onBoth runs a test on SQLite and on PostgreSQL, each time with the URL of a store that holds
// nothing yet.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	onThose(t, copyOnSQLite, copyOnPostgres, test)
}

// onBothEmpty does so with databases that are no stores yet.
func onBothEmpty(t *testing.T, test func(t *testing.T, url string)) {
	onThose(t, emptyOnSQLite, emptyOnPostgres, test)
}

// onThose takes one test in eight to PostgreSQL where only a few can go there, and the others to
// SQLite.
func onThose(t *testing.T, sqlite, postgres func(t *testing.T) string, test func(t *testing.T, url string)) {
	everywhere := !testing.Short()
	chosen := storetest.Wanted() && crc32.ChecksumIEEE([]byte(t.Name()))%8 == 0
	if everywhere || !chosen {
		t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	}
	if everywhere || chosen {
		t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
	}
}

func emptyOnSQLite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "store.db") }

func emptyOnPostgres(t *testing.T) string { return storetest.Database(t) }

func copyOnSQLite(t *testing.T) string {
	url := emptyOnSQLite(t)
	file, err := os.ReadFile(strings.TrimPrefix(template.sqlite, "sqlite:"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(strings.TrimPrefix(url, "sqlite:"), file, 0o600))
	return url
}

// clock is a clock that moves when told.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func open(t testing.TB, url string, options ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// day is the n-th day of the tests' calendar.
func day(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }

// contact is the n-th contact.
func contact(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n*2654435761%(1<<32), n) }

// vip is the policy of the tests.
var vip = store.Policy{Destination: "dynamics", StatusColumn: "acme_vip", RealizedWord: "realized", ExitedWord: "exited", OnExit: store.ExitWrite}

// begin begins a run and pins its source.
func begin(t testing.TB, s *store.Store, run, kind string, asOf time.Time) {
	t.Helper()
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: run, WorkflowID: "activate/dynamics/vip", Destination: "dynamics", Audience: "vip",
		Namespace: "ups", MappingID: "vip", Column: "acme_vip", Kind: kind}))
	require.NoError(t, s.PinSource(t.Context(), run, run+"@1", asOf))
}

// stage stages a whole source in one chunk.
func stage(t testing.TB, s *store.Store, run string, rows ...staging.Row) {
	t.Helper()
	for i := range rows {
		rows[i].Position, rows[i].Line = int64(i+1), int64(i+2)
	}
	require.NoError(t, s.Stage(t.Context(), run, staging.Chunk{To: int64(len(rows)), Rows: rows}))
	require.NoError(t, s.FinishStaging(t.Context(), run))
}

// plan decides all rows; a dynamics that knows no contact answers what has to be read.
func plan(t testing.TB, s *store.Store, run string, p store.Policy, dynamics map[string]before) {
	t.Helper()
	after, done := 0, false
	for !done {
		var err error
		after, done, err = s.Plan(t.Context(), run, p, after)
		require.NoError(t, err)
	}
	asked, err := s.ToRead(t.Context(), run, 0, allPages, 100000)
	require.NoError(t, err)
	require.NoError(t, s.PlanRead(t.Context(), run, p, asked, found(dynamics)))
}

// send takes and books all batches of a run and writes what they change into dynamics; gives the
// changes by contact.
func send(t testing.TB, s *store.Store, run string, p store.Policy, dynamics map[string]before) map[string][]store.Change {
	t.Helper()
	batches, _, err := s.MakeBatches(t.Context(), run, 3)
	require.NoError(t, err)
	sent := map[string][]store.Change{}
	for n := 1; n <= batches; n++ {
		ref := store.BatchRef{Run: run, Batch: n}
		taken, err := s.TakeBatch(t.Context(), ref, p, time.Minute)
		require.NoError(t, err)
		for _, row := range taken.Rows {
			sent[row.Contact] = row.Changes
			apply(dynamics, row)
		}
		require.NoError(t, s.Book(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows}))
		_, err = s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{})
		require.NoError(t, err)
	}
	return sent
}

func apply(dynamics map[string]before, row store.TakenRow) {
	for _, change := range row.Changes {
		dynamics[row.Contact][change.Column] = change.Value
	}
}

// allPages is more than any run of the tests has.
const allPages = 1 << 30

func text(s string) *string { return &s }

// row is a realized row of a contact, qualified on one day, from a source of another.
func row(contact string, qualified, asOf time.Time, attributes string) staging.Row {
	return staging.Row{Contact: contact, QualifiedAt: qualified, AsOf: asOf, Attributes: []byte(attributes)}
}

// blank is a Dynamics that has the contacts, with nothing in their columns.
func blank(contacts ...string) map[string]before {
	dynamics := map[string]before{}
	for _, c := range contacts {
		dynamics[c] = before{"acme_vip": nil, "firstname": nil, "emailaddress1": nil}
	}
	return dynamics
}

// before is what Dynamics holds of a contact.
type before = map[string]*string

// readColumns are all that the tests' runs write.
var readColumns = []string{"acme_vip", "acme_gold", "firstname", "lastname", "emailaddress1", "birthdate"}

// found is what a reading of contacts gives.
func found(dynamics map[string]before) store.Found {
	f := store.Found{Columns: readColumns, Contacts: map[string][]*string{}}
	for contact, held := range dynamics {
		for _, column := range readColumns {
			f.Contacts[contact] = append(f.Contacts[contact], held[column])
		}
	}
	return f
}

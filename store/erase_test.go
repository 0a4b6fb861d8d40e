package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/inbox"
	"audienceflow/store/staging"
	"audienceflow/store/validations"
)

// marked is a contact whose values can be found in a file.
func marked(n int) (id, attributes string) {
	return contact(n), fmt.Sprintf(`{"emailaddress1":"marker-%d@example.com","firstname":"Marker%d"}`, n, n)
}

// everyKind makes a store hold a contact in each of the ways in which it can: in both ledgers, in a
// dry run, failed, excluded, warned of, differing, in an inbox and in a run that is not sent yet.
// Beside it stand others in the same pages and leaves.
func everyKind(t *testing.T, s *store.Store, id, attributes string, others int) {
	t.Helper()
	all := []staging.Row{{Contact: id, QualifiedAt: day(1), AsOf: day(8), Attributes: []byte(attributes), Warnings: 1,
		LeftOut: []staging.LeftOut{{Column: "lastname", Cause: "longer than 50 characters", Length: 60}}}}
	ids := []string{id}
	for n := 1; n <= others; n++ {
		other, values := marked(n)
		if other != id {
			all, ids = append(all, row(other, day(1), day(8), values)), append(ids, other)
		}
	}
	dynamics := blank(ids...)
	begin(t, s, "sent", runs.KindActivate, day(8))
	stage(t, s, "sent", all...)
	plan(t, s, "sent", vip, dynamics)
	send(t, s, "sent", vip, dynamics)
	require.NoError(t, s.EndRun(t.Context(), "sent", runs.StatusCompleted, "", "", nil))
	require.NoError(t, s.Purge(t.Context(), "sent"))

	ready(t, s, "failed", dynamics, changed(all, `{"firstname":"Other"}`)...)
	eachBatch(t, s, "failed", func(taken *store.Taken) (b store.Booking) {
		for _, r := range taken.Rows {
			b.Failed = append(b.Failed, staging.Failure{Contact: r.Contact, Reason: "plugin_error", Text: "no: " + r.Contact})
		}
		return b
	})
	require.NoError(t, s.EndRun(t.Context(), "failed", runs.StatusCompleted, "", "", nil))

	begin(t, s, "dry", runs.KindPlan, day(9))
	stage(t, s, "dry", changed(all, "")...)
	plan(t, s, "dry", vip, dynamics)
	require.NoError(t, s.EndRun(t.Context(), "dry", runs.StatusCompleted, "", "", nil))

	begin(t, s, "excluded", runs.KindActivate, day(9))
	require.NoError(t, s.Stage(t.Context(), "excluded", staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Contact: id, Reason: "unknown_status"}}}))
	require.NoError(t, s.EndRun(t.Context(), "excluded", runs.StatusFailed, "", "", nil))

	require.NoError(t, s.BeginValidation(t.Context(), validations.Validation{Validation: "v", Destination: "dynamics", Audience: "vip", Column: "acme_vip", StartedAt: day(9)}))
	require.NoError(t, s.SaveSlice(t.Context(), "v", 1, validations.SliceCounts{Expected: 1, Mismatched: 1}, []validations.Mismatch{
		{Contact: id, Kind: validations.MismatchDiffers, Column: "emailaddress1", Expected: text("marker"), Actual: text("other")}}))

	openStream(t, s)
	receive(t, s, event(7777, day(9)), inbox.Event{StreamKey: vipStream, Version: 1, Arrived: day(9), Record: audience.Record{
		Position: 2, Contact: id, Status: audience.Realized, Values: []audience.Value{{State: audience.ValueText, Text: attributes}}}}, event(7778, day(9)))
	ready(t, s, "waiting", dynamics, changed(all, `{"lastname":"Third"}`)...)
	_, err := s.AskContact(t.Context(), "dynamics", id)
	require.NoError(t, err)
}

// eachBatch takes the batches of a run and ends them as they are booked.
func eachBatch(t *testing.T, s *store.Store, run string, booking func(*store.Taken) store.Booking) {
	t.Helper()
	batches, err := s.Batches(t.Context(), run)
	require.NoError(t, err)
	for n := range batches[store.BatchPlanned] {
		ref := store.BatchRef{Run: run, Batch: n + 1}
		taken := take(t, s, ref)
		done, err := s.FinishBatch(t.Context(), ref, taken.Attempt, booking(taken))
		require.NoError(t, err)
		require.True(t, done.Done)
	}
}

// changed gives the rows with other attributes ("": the same), from a later source.
func changed(rows []staging.Row, attributes string) []staging.Row {
	var all []staging.Row
	for _, r := range rows {
		r.QualifiedAt, r.AsOf = day(2), day(9)
		if attributes != "" {
			r.Attributes = []byte(attributes)
		}
		all = append(all, r)
	}
	return all
}

func TestAContactIsErasedEverywhere(t *testing.T) {
	t.Parallel()
	for _, others := range []int{0, 70} { // alone in its pages and leaves, and among others
		onBoth(t, func(t *testing.T, url string) {
			s := open(t, url, store.WithPageRows(8))
			id, attributes := marked(3)
			everyKind(t, s, id, attributes, others)
			before := numbersOf(t, s)

			_, err := s.EraseContact(t.Context(), "elsewhere", id)
			require.NoError(t, err)
			require.NotEmpty(t, holding(t, url, id), "another destination's is not touched")
			got, err := s.EraseContact(t.Context(), "", " "+strings.ToUpper(id))
			require.NoError(t, err)
			require.Equal(t, store.Erasure{Destinations: []string{"dynamics"}, Ledger: 1, Values: 1, Rows: 3, Rejected: 2,
				Warnings: 2, Mismatches: 1, Events: 1}, got)
			require.Empty(t, holding(t, url, id))
			require.Equal(t, before, numbersOf(t, s), "of ended runs")
			requireSound(t, s, others)

			again, err := s.EraseContact(t.Context(), "dynamics", id)
			require.NoError(t, err)
			require.Zero(t, again.Total())
		})
	}
}

// numbers are those of the ended runs.
func numbersOf(t *testing.T, s *store.Store) map[string]runs.Numbers {
	t.Helper()
	all := map[string]runs.Numbers{}
	for _, run := range []string{"sent", "failed", "dry", "excluded"} {
		counts, err := s.Counts(t.Context(), run)
		require.NoError(t, err)
		all[run] = counts
	}
	return all
}

// requireSound goes on with what the others of everyKind have left: the run that waited is sent,
// the stream drained, the failed replayed.
func requireSound(t *testing.T, s *store.Store, others int) {
	t.Helper()
	left := int64(max(0, others-1))
	counts, err := s.Counts(t.Context(), "waiting")
	require.NoError(t, err)
	require.Equal(t, left, counts.Pending)
	require.Equal(t, left, counts.Received)
	eachBatch(t, s, "waiting", func(taken *store.Taken) store.Booking { return store.Booking{Written: taken.Rows} })
	counts, err = s.Counts(t.Context(), "waiting")
	require.NoError(t, err)
	require.Equal(t, left, counts.Activated)
	claimed := claim(t, s, 10)
	events, err := s.ClaimedEvents(t.Context(), vipStream, claimed.Run, 0, 10)
	require.NoError(t, err)
	require.Len(t, events, 3)
	require.Equal(t, audience.RecordIgnored, events[1].Record.Kind)
	rows, err := s.FailedRows(t.Context(), "failed", "", 1000)
	require.NoError(t, err)
	require.Len(t, rows, int(left))
	exported, err := s.Exported(t.Context(), "dynamics", "acme_vip", "", 1000)
	require.NoError(t, err)
	require.Len(t, exported, int(left))
}

func TestAContactInUseIsNotErased(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2))
		refused := func(run string) {
			t.Helper()
			var inUse *store.ContactInUse
			_, err := s.EraseContact(t.Context(), "", contact(1))
			require.ErrorAs(t, err, &inUse)
			require.Equal(t, run, inUse.Run)
			require.NotContains(t, err.Error(), contact(1))
		}
		begin(t, s, "run", runs.KindActivate, day(8))
		rows := []staging.Row{row(contact(1), day(1), day(8), `{}`), row(contact(2), day(1), day(8), `{}`)}
		rows[0].Position, rows[1].Position = 1, 2
		require.NoError(t, s.Stage(t.Context(), "run", staging.Chunk{To: 2, Rows: rows}))
		refused("run")
		require.NoError(t, s.FinishStaging(t.Context(), "run"))
		plan(t, s, "run", vip, dynamics)
		_, _, err := s.MakeBatches(t.Context(), "run", 10)
		require.NoError(t, err)
		ref := store.BatchRef{Run: "run", Batch: 1}
		taken, err := s.TakeBatch(t.Context(), ref, vip, time.Minute)
		require.NoError(t, err)
		refused("run")
		// One that is booked is in the memory of whoever sends the others.
		require.NoError(t, s.Book(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows[:1]}))
		refused("run")
		_, err = s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows[1:]})
		require.NoError(t, err)
		got, err := s.EraseContact(t.Context(), "", contact(1))
		require.NoError(t, err)
		require.EqualValues(t, 2, got.Total())

		openStream(t, s)
		receive(t, s, event(1, day(9)))
		refused(claim(t, s, 10).Run)
	})
}

// TestErasedAndPurgedContactsAreNotInTheFile looks at the bytes: what is deleted stays in free
// pages and in the log otherwise.
func TestErasedAndPurgedContactsAreNotInTheFile(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/store.db"
	s := open(t, url)
	id, attributes := marked(3)
	everyKind(t, s, id, attributes, 300)
	require.True(t, strings.Contains(bytesOf(t, url), id))
	_, err := s.EraseContact(t.Context(), "", id)
	require.NoError(t, err)
	for _, marker := range []string{id, "marker-3@", "Marker3\""} {
		require.False(t, strings.Contains(bytesOf(t, url), marker), marker)
	}

	require.True(t, strings.Contains(bytesOf(t, url), "marker-44@"))
	require.NoError(t, s.EndRun(t.Context(), "waiting", runs.StatusCanceled, "", "", nil))
	_, err = s.Expire(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	_, err = s.ExpireValidations(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.NoError(t, s.ForgetColumn(t.Context(), "dynamics", "acme_vip"))
	_, err = s.Forget(t.Context(), "dynamics", manyContacts(300))
	require.NoError(t, err)
	require.NoError(t, s.Checkpoint(t.Context()))
	left := bytesOf(t, url)
	for n := 1; n <= 300; n++ {
		require.False(t, strings.Contains(left, contact(n)), n)
	}
	require.False(t, strings.Contains(left, "marker-"))
}

// TestScrubTakesOutWhatOlderVersionsHaveDeleted: they deleted without overwriting.
func TestScrubTakesOutWhatOlderVersionsHaveDeleted(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/store.db"
	s := open(t, url)
	everyKind(t, s, contact(3), `{"firstname":"x"}`, 300)
	db, _ := database(t, url)
	for _, query := range []string{"PRAGMA secure_delete = 0", "DELETE FROM ledger_leaves", "DELETE FROM inbox", "DELETE FROM staged"} {
		_, err := db.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	require.NoError(t, s.Checkpoint(t.Context()))
	require.True(t, strings.Contains(bytesOf(t, url), "marker-44@"))
	done, err := s.Scrub(t.Context())
	require.NoError(t, err)
	require.True(t, done)
	require.False(t, strings.Contains(bytesOf(t, url), "marker-44@"))
	done, err = s.Scrub(t.Context())
	require.NoError(t, err)
	require.False(t, done, "once is enough")
}

func manyContacts(n int) (all []string) {
	for i := 1; i <= n; i++ {
		all = append(all, contact(i))
	}
	return all
}

// holding names the tables of a store in which a text stands anywhere.
func holding(t *testing.T, url, marker string) []string {
	t.Helper()
	db, driver := database(t, url)
	tables := map[string]bool{}
	for _, table := range tablesOf(t, db, driver) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values, into := make([][]byte, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			require.NoError(t, rows.Scan(into...))
			if bytes.Contains(bytes.Join(values, nil), []byte(marker)) {
				tables[table] = true
			}
		}
		require.NoError(t, errors.Join(rows.Err(), rows.Close())) //nolint:sqlclosecheck // table by table
	}
	return slices.Sorted(maps.Keys(tables))
}

func tablesOf(t *testing.T, db *sql.DB, driver string) (names []string) {
	t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table'`
	if driver == "pgx" {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	}
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	return names
}

// bytesOf gives all bytes of a SQLite store, its log's included.
func bytesOf(t *testing.T, url string) string {
	t.Helper()
	path := strings.TrimPrefix(url, "sqlite:")
	var all bytes.Buffer
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		all.Write(content)
	}
	return all.String()
}

// TestAContactIsErasedFromEveryStream: an inbox without it says nothing of the next one.
func TestAContactIsErasedFromEveryStream(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		id, _ := marked(3)
		for _, name := range []string{"a", "b", "c"} {
			key := inbox.StreamKey{Destination: "dynamics", Audience: name}
			_, err := s.RegisterStream(t.Context(), key, []byte(`{}`))
			require.NoError(t, err)
			contact := id
			if name != "b" {
				contact = "11111111-0000-4000-8000-000000000000"
			}
			_, err = s.Receive(t.Context(), []inbox.Event{{StreamKey: key, Version: 1, Arrived: day(9),
				Record: audience.Record{Position: 1, Contact: contact, Status: audience.Realized}}}, nil)
			require.NoError(t, err)
		}
		got, err := s.EraseContact(t.Context(), "dynamics", id)
		require.NoError(t, err)
		require.Equal(t, store.Erasure{Destinations: []string{"dynamics"}, Events: 1}, got)
		require.Empty(t, holding(t, url, id))
	})
}

package store_test

import (
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/ledger"
	"audienceflow/store/staging"
)

// TestLedgersOfManyContacts exports many contacts, then some of them here and there and new ones in
// between, and takes some out.
func TestLedgersOfManyContacts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		want, dynamics := map[string]string{}, map[string]before{}
		export := func(run, name string, from, to, step int) {
			var rows []staging.Row
			for i := from; i < to; i += step {
				c := contact(i)
				rows = append(rows, row(c, day(1), day(9), `{"firstname":"`+name+`"}`))
				want[c] = name
				if dynamics[c] == nil {
					dynamics[c] = blank(c)[c]
				}
			}
			begin(t, s, run, runs.KindActivate, day(9))
			stage(t, s, run, rows...)
			plan(t, s, run, vip, dynamics)
			batches, _, err := s.MakeBatches(t.Context(), run, 1000)
			require.NoError(t, err)
			for n := 1; n <= batches; n++ {
				taken, err := s.TakeBatch(t.Context(), store.BatchRef{Run: run, Batch: n}, vip, 0)
				require.NoError(t, err)
				_, err = s.FinishBatch(t.Context(), store.BatchRef{Run: run, Batch: n}, taken.Attempt, store.Booking{Written: taken.Rows})
				require.NoError(t, err)
			}
		}
		check := func() {
			t.Helper()
			names := slices.Sorted(maps.Keys(want))
			byID, err := s.ExportedByID(t.Context(), "dynamics", "acme_vip", append([]string{contact(-1)}, names...))
			require.NoError(t, err)
			var paged []ledger.Exported
			for after := ""; ; after = paged[len(paged)-1].Contact {
				more, err := s.Exported(t.Context(), "dynamics", "acme_vip", after, 700)
				require.NoError(t, err)
				if len(more) == 0 {
					break
				}
				paged = append(paged, more...)
			}
			require.Equal(t, byID, paged)
			require.Len(t, paged, len(names))
			for i, e := range paged {
				require.Equal(t, names[i], e.Contact)
				require.Equal(t, []ledger.Value{{Column: "firstname", Value: text(want[e.Contact])}}, e.Values)
			}
			counts, err := s.CountExported(t.Context(), "dynamics", "acme_vip")
			require.NoError(t, err)
			require.Equal(t, []ledger.ExportedCount{{Word: text("realized"), Contacts: int64(len(names))}}, counts)
			few := []string{names[5], names[len(names)/2], names[len(names)-5]}
			some, err := s.ExportedByID(t.Context(), "dynamics", "acme_vip", few)
			require.NoError(t, err)
			require.Len(t, some, len(few))
		}
		export("first", "Ann", 0, 3000, 1)
		check()
		export("second", "Bea", 0, 3000, 97)
		export("third", "Cid", 3000, 6000, 61)
		check()
		var gone []string
		for i := 7; i < 3000; i += 333 {
			gone = append(gone, contact(i))
			delete(want, contact(i))
		}
		n, err := s.Forget(t.Context(), "dynamics", gone)
		require.NoError(t, err)
		require.EqualValues(t, len(gone), n)
		check()
	})
}

// TestLedgersAreCarriedOver migrates a store whose ledgers have a row for each contact.
func TestLedgersAreCarriedOver(t *testing.T) {
	t.Parallel()
	onBothEmpty(t, func(t *testing.T, url string) {
		db, driver := database(t, url)
		require.NoError(t, store.MigrateTo(t.Context(), url, 20))
		const contacts = 100
		for i := range contacts {
			insertOld(t, db, driver, `INSERT INTO exported_status (destination, column_name, contact, word, exited, qualified_at, as_of, run, exported) VALUES ('dynamics', 'acme_vip', ?, ?, 0, ?, 7, 'RUN', 1)`,
				contact(i), sql.NullString{String: `rea"lized`, Valid: i%2 == 0}, i)
			insertOld(t, db, driver, `INSERT INTO exported_contacts (destination, contact, attributes, as_of, other_as_of) VALUES ('dynamics', ?, ?, 7, ?)`,
				contact(i), `{"firstname":"A\"nn","lastname":null}`, sql.NullString{String: `{"lastname":3}`, Valid: i%3 == 0})
		}
		s := open(t, url)
		all, err := s.Exported(t.Context(), "dynamics", "acme_vip", "", 2*contacts)
		require.NoError(t, err)
		require.Len(t, all, contacts)
		for _, e := range all {
			i := int(e.QualifiedAt.UnixMicro())
			require.Equal(t, contact(i), e.Contact)
			require.Equal(t, []ledger.Value{{Column: "firstname", Value: text(`A"nn`)}, {Column: "lastname"}}, e.Values)
			require.Equal(t, i%2 == 0, e.Word != nil)
		}
		counts, err := s.CountExported(t.Context(), "dynamics", "acme_vip")
		require.NoError(t, err)
		require.ElementsMatch(t, []ledger.ExportedCount{{Contacts: 50}, {Word: text(`rea"lized`), Contacts: 50}}, counts)
		var values, dated, words int
		require.NoError(t, db.QueryRow(`SELECT count(*), sum(CASE WHEN as_of = 3 THEN 1 ELSE 0 END) FROM exported_values WHERE destination = 'dynamics'`).Scan(&values, &dated))
		require.NoError(t, db.QueryRow(`SELECT count(*) FROM exported_status WHERE word = 'rea"lized' AND run = 'RUN' AND exported = 1 AND as_of = 7`).Scan(&words))
		require.Equal(t, []int{200, 34, 50}, []int{values, dated, words})
	})
}

func insertOld(t *testing.T, db *sql.DB, driver, query string, args ...any) {
	t.Helper()
	if driver == "pgx" {
		query = numbered(query)
	}
	_, err := db.Exec(query, args...)
	require.NoError(t, err)
}

// numbered writes parameters as PostgreSQL has them.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	for i := range len(parts) - 1 {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

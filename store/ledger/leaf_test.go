package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"audienceflow/store/sqldb"
)

// openDatabase opens a new database with the store's schema.
func openDatabase(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), os.DirFS("../migrations"), sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// TestLeavesAreAMap: whatever is put into a ledger and taken out again, a few contacts at a time or
// many, it holds what a map would.
func TestLeavesAreAMap(t *testing.T) {
	s := openDatabase(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &ledgerModel{T: rt, db: s, destination: fmt.Sprintf("crm%d", n), held: map[string]Status{}}
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			m.change()
			m.check()
		}
	})
}

type ledgerModel struct {
	*rapid.T
	db          *sqldb.DB
	destination string
	held        map[string]Status
}

// name is one of the contacts; some would need escapes, and begin as others end.
func name(n int) string {
	odd := []string{"", `"`, `\`, "ü", `","`}
	return fmt.Sprintf("%04d%s", n/2, odd[n%len(odd)])
}

func (m *ledgerModel) change() {
	from := rapid.IntRange(0, 1500).Draw(m.T, "from")
	step := rapid.SampledFrom([]int{1, 1, 2, 7, 40, 200}).Draw(m.T, "step")
	var contacts []string
	for i := range rapid.IntRange(1, 300).Draw(m.T, "contacts") {
		contacts = append(contacts, name(from+i*step))
	}
	slices.Sort(contacts)
	contacts = slices.Compact(contacts)
	remove := rapid.IntRange(0, 3).Draw(m.T, "remove") == 0
	word := rapid.SampledFrom([]*string{nil, ptr("realized"), ptr(`"]`)}).Draw(m.T, "word")
	entry := Status{Word: word, Exited: rapid.Bool().Draw(m.T, "exited"), Run: rapid.SampledFrom([]string{"R1", `R"2`}).Draw(m.T, "run"), Exported: rapid.Bool().Draw(m.T, "exported"),
		Key: Key{QualifiedAt: rapid.Int64().Draw(m.T, "qualified"), AsOf: rapid.SampledFrom([]int64{sqldb.Oldest, 0, 7}).Draw(m.T, "as of")}}
	entry.Key.Exited = entry.Exited
	require.NoError(m, m.db.Update(m.Context(), func(t *sqldb.Tx) error {
		var l leaves[Status, *Status]
		if err := l.load(m.Context(), t, m.destination, "column", contacts); err != nil {
			return err
		}
		for _, contact := range rapid.Permutation(contacts).Draw(m.T, "order") {
			held, err := l.find(contact)
			require.NoError(m, err)
			want, known := m.held[contact]
			require.Equal(m, known, held != nil, contact)
			if known {
				require.Equal(m, want, *held)
			}
			if remove {
				found, err := l.remove(contact)
				require.NoError(m, err)
				require.Equal(m, known, found)
				delete(m.held, contact)
				continue
			}
			require.NoError(m, l.put(contact, entry))
			m.held[contact] = entry
		}
		return l.write(m.Context(), t, m.destination, "column")
	}))
}

func ptr(s string) *string { return &s }

func (m *ledgerModel) check() {
	var contacts []string
	var realized int64
	require.NoError(m, eachAfter(m.Context(), m.db.Reader(), m.destination, "column", "", func(contact string, e *Status) bool {
		contacts = append(contacts, contact)
		require.Equal(m, m.held[contact], *e)
		realized += sqldb.Bit(e.Realized())
		return true
	}))
	require.True(m, slices.IsSorted(contacts))
	require.Len(m, contacts, len(m.held))
	var counts, largest, viewed int64
	_, err := m.db.QueryOne(m.Context(), `SELECT coalesce(sum(contacts), 0), coalesce(max(contacts), 0) FROM ledger_leaves WHERE destination = ?`,
		[]any{m.destination}, &counts, &largest)
	require.NoError(m, err)
	require.EqualValues(m, len(m.held), counts)
	var want tally
	for _, entry := range m.held {
		entry.count(&want, 1)
	}
	counted, err := New(m.db).CountExported(m.Context(), m.destination, "column")
	require.NoError(m, err)
	require.ElementsMatch(m, want, counted)
	require.LessOrEqual(m, largest, int64(leafRows))
	_, err = m.db.QueryOne(m.Context(), `SELECT count(*) FROM exported_status WHERE destination = ? AND exported * (1 - exited) = 1`, []any{m.destination}, &viewed)
	require.NoError(m, err)
	require.Equal(m, realized, viewed)
}

func TestADamagedLedgerIsTold(t *testing.T) {
	for _, text := range []string{`[`, `{}`, `["c"]`, `[["c",null,0,1,2,"run"]]`, `[["c","x,0,1,2,"run",1]]`, `[["c",null,0,1,2,"run",1]`, `[["c",null,0,1,2,"run",1}]`, `[["c`} {
		err := open[Status](&leaf[Status]{packed: text})
		require.ErrorAs(t, err, new(*sqldb.Damaged), text)
	}
	for _, text := range []string{`[["c",{,1,null]]`, `[["c",{"a":"b\"},1,null]]`, `[["c","a",1,null]]`} {
		err := open[Values](&leaf[Values]{packed: text})
		require.ErrorAs(t, err, new(*sqldb.Damaged), text)
	}
}

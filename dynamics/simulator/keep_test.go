package simulator_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

const everything = "contacts?select=contactid,firstname,lastname,acme_vipstatus,birthdate,creditlimit,donotemail,parentcustomerid,createdon,modifiedon,modifiedby,versionnumber"

// change writes in every way that there is.
func change(t *testing.T, e *environment, deleted string) {
	a := e.api(http.MethodPost, updateMultiple, targets(row(contact(0), `"acme_vipstatus":"ü","firstname":null`), row(contact(1), `"birthdate":"1999-12-31","creditlimit":12.34,"donotemail":true`)))
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, "contacts("+deleted+")", "").status)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPost, "contacts", `{"lastname":"New","parentcustomerid_account@odata.bind":"/accounts(`+simulator.GeneratedAccountID(1, 0)+`)"}`).status)
	a = e.batch(batchOf(changeSet(patch(contact(3), `"firstname":"lost"`), patch(absentID, `"birthdate":"x"`))))
	require.Equal(t, http.StatusBadRequest, a.status, "a change set rolled back leaves nothing behind")
	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "contacts", `[{"contactid":"`+contact(4)+`","firstname":"behind"}]`).status)
}

func TestContactsOutliveAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	first := start(t, simulator.Options{DataDir: dir})
	change(t, first, contact(2))
	kept := first.control(http.MethodGet, everything, "").body

	// A second simulator on a copy of the folder sees what a killed first one would have left.
	copied := copyFolder(t, dir)
	second := start(t, simulator.Options{DataDir: copied, Contacts: 99})
	require.Equal(t, kept, second.control(http.MethodGet, everything, "").body)
	change(t, second, contact(5))
	kept = second.control(http.MethodGet, everything, "").body
	require.NoError(t, second.server.Close())

	third := start(t, simulator.Options{DataDir: copyFolder(t, copied)})
	require.Equal(t, kept, third.control(http.MethodGet, everything, "").body)
}

func copyFolder(t *testing.T, dir string) string {
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	return copied
}

func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	e := start(t, simulator.Options{DataDir: dir})
	kept := e.control(http.MethodGet, everything, "").body
	change(t, e, contact(2))
	path := filepath.Join(copyFolder(t, dir), "rows.journal")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := len(content) - 1; cut > len(content)-30; cut-- {
		torn := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(torn, "rows.journal"), content[:cut], 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(torn, "rows.journal.123"), content[:10], 0o600))
		s, err := simulator.New(simulator.Options{DataDir: torn, Columns: []string{"acme_vipstatus:string"}})
		require.NoError(t, err)
		require.Equal(t, 10, s.Contacts())
		require.NoError(t, s.Close())
		left, err := os.ReadDir(torn)
		require.NoError(t, err)
		require.Len(t, left, 1)
	}
	require.NotEmpty(t, kept)
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "rows.journal"), []byte("something else altogether"), 0o600))
	_, err = simulator.New(simulator.Options{DataDir: foreign})
	require.ErrorContains(t, err, "not a file of kept rows")
}

func TestColumnsMayComeAndGo(t *testing.T) {
	dir := t.TempDir()
	e := start(t, simulator.Options{DataDir: dir, Columns: []string{"acme_other:string"}})
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, "contacts("+contact(0)+")", `{"acme_other":"x","acme_vipstatus":"y"}`).status)
	again := start(t, simulator.Options{DataDir: copyFolder(t, dir)})
	require.Equal(t, "y", again.statuses()[contact(0)])
	require.Equal(t, http.StatusBadRequest, again.get("contacts?$select=acme_other").status)
}

// The journal names each column once. A change set that is rolled back must not take such a name
// with it.
func TestRollbackKeepsTheJournalReadable(t *testing.T) {
	dir := t.TempDir()
	e := start(t, simulator.Options{DataDir: dir})
	a := e.batch(batchOf(changeSet(patch(contact(0), `"nickname":"lost"`), patch(absentID, `"birthdate":"x"`))))
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, "contacts("+contact(0)+")", `{"nickname":"kept"}`).status)
	again := start(t, simulator.Options{DataDir: copyFolder(t, dir)})
	require.Equal(t, "kept", again.get("contacts(" + contact(0) + ")").json(t)["nickname"])
}

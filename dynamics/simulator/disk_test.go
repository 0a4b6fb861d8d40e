package simulator

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A write that the disk refuses is told to the client, and what follows can be read again.
func TestJournalThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	d := newDatabase(time.Now)
	d.generate(1, 1)
	require.NoError(t, d.keep(dir))
	id := generated(1, purposeContact, 0)
	change := func(text string) error {
		x := d.begin(origin{}, false)
		row, _ := d.contacts.find(id)
		x.update(d.contacts, row, []assignment{{d.contacts.byName["nickname"], textValue(text)}})
		_, err := x.commit()
		return err
	}
	good := d.journal.file
	readOnly, err := os.Open(filepath.Join(dir, journalName))
	require.NoError(t, err)
	d.journal.file = readOnly
	require.ErrorContains(t, change("lost"), "keep rows in ")
	require.NoError(t, readOnly.Close())
	d.journal.file = good
	require.NoError(t, change("kept"))

	again := newDatabase(time.Now)
	held, err := again.openJournal(dir)
	require.NoError(t, err)
	require.True(t, held)
	row, _ := again.contacts.find(id)
	require.Equal(t, "kept", again.contacts.text("nickname", row))
}

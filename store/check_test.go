package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
	"audienceflow/store/storetest"
)

// exportFive exports five contacts of destination dynamics in a run.
func exportFive(t *testing.T, s *store.Store, run string) (changes int) {
	t.Helper()
	dynamics := blank(contact(1), contact(2), contact(3), contact(4), contact(5))
	begin(t, s, run, runs.KindActivate, day(9))
	var rows []staging.Row
	for n := 1; n <= 5; n++ {
		rows = append(rows, row(contact(n), day(1), day(9), `{"firstname":"Ann"}`))
	}
	stage(t, s, run, rows...)
	plan(t, s, run, vip, dynamics)
	return len(send(t, s, run, vip, dynamics))
}

// problems are the steps of a check that found something.
func problems(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	steps, err := s.Check(t.Context())
	require.NoError(t, err)
	found := map[string]string{}
	for _, step := range steps {
		if step.Problem != "" {
			found[step.Name] = step.Problem
		}
	}
	return found
}

func TestACheckLooksThroughTheWholeStore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		require.NoError(t, s.AddDestination(t.Context(), "dynamics"))
		require.Equal(t, 5, exportFive(t, s, "run1"))
		steps, err := s.Check(t.Context())
		require.NoError(t, err)
		var names []string
		for _, step := range steps {
			require.Empty(t, step.Problem, step.Name)
			names = append(names, step.Name)
		}
		require.Equal(t, []string{"integrity", "schema", "references", "ledger dynamics/vip"}, names)
		require.Equal(t, "5 contacts in column acme_vip", steps[3].Detail)

		change(t, url, `DELETE FROM runs WHERE run = 'run1'`)
		require.Contains(t, problems(t, s)["references"], "batches of runs that are not there")
		change(t, url, `DELETE FROM batches`)
		change(t, url, `UPDATE ledger_leaves SET counts = '[["realized",0,4]]' WHERE ledger = 'acme_vip'`)
		require.Equal(t, "4 are counted: was a run under way meanwhile? Check again", problems(t, s)["ledger dynamics/vip"])
	})
}

// change changes a store behind its program's back.
func change(t *testing.T, url, statement string) {
	t.Helper()
	driver := "pgx"
	if path, embedded := strings.CutPrefix(url, "sqlite:"); embedded {
		driver, url = "sqlite", path
	}
	db, err := sql.Open(driver, url)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestABackupTakesThePlaceOfTheStore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, "sqlite:"+filepath.Join(folder, "store.db"))
	require.NoError(t, s.AddDestination(t.Context(), "dynamics"))
	require.Equal(t, 5, exportFive(t, s, "run1"))
	begin(t, s, "run2", runs.KindActivate, day(9)) // under way
	stage(t, s, "run2", row(contact(1), day(3), day(9), `{"firstname":"Bob"}`))

	to := filepath.Join(folder, "copy.db")
	require.NoError(t, s.Backup(t.Context(), to))
	info, err := os.Stat(to)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.ErrorContains(t, s.Backup(t.Context(), to), "is there already")
	require.NoFileExists(t, to+".part")
	require.ErrorContains(t, s.Backup(t.Context(), filepath.Join(folder, "nowhere", "copy.db")), "cannot be written")
	begin(t, s, "later", runs.KindActivate, day(9))

	restored := open(t, "sqlite:"+to)
	require.Equal(t, s.ID(), restored.ID())
	require.Empty(t, problems(t, restored))
	_, err = restored.Run(t.Context(), "run2")
	require.NoError(t, err)
	_, err = restored.Run(t.Context(), "later")
	require.Error(t, err, "it began after the backup")
	require.Zero(t, exportFive(t, restored, "run3"), "the ledger has come along: nothing is sent again")
}

func TestABackupWhileOthersWriteIsOfOneMoment(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, "sqlite:"+filepath.Join(folder, "store.db"))
	require.NoError(t, s.AddDestination(t.Context(), "dynamics"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 20 {
			exportFive(t, s, "run"+string(rune('a'+n)))
		}
	}()
	for n := range 5 {
		to := filepath.Join(folder, "copy"+string(rune('a'+n)))
		require.NoError(t, s.Backup(t.Context(), to))
		require.Empty(t, problems(t, open(t, "sqlite:"+to)))
	}
	<-done
}

func TestPostgreSQLMakesItsOwnBackups(t *testing.T) {
	t.Parallel()
	url := storetest.Database(t)
	require.ErrorIs(t, open(t, url).Backup(t.Context(), filepath.Join(t.TempDir(), "copy")), sqldb.ErrOwnTools)
}

func TestADamagedFileIsFound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, "sqlite:"+path)
	for n := range 50 {
		begin(t, s, "run"+string(rune('0'+n)), runs.KindActivate, day(9))
	}
	require.NoError(t, s.Checkpoint(t.Context()))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := file.Stat()
	require.NoError(t, err)
	_, err = file.WriteAt(make([]byte, info.Size()-4096), 4096)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	damaged, err := store.Open(t.Context(), "sqlite:"+path)
	if err == nil {
		found, checkErr := damaged.Check(t.Context())
		require.True(t, checkErr != nil || found[0].Problem != "")
		require.NoError(t, damaged.Close())
	}
}

// TestACheckMigratesNothing: neither the store of workers that are not upgraded yet, nor a backup.
func TestACheckMigratesNothing(t *testing.T) {
	t.Parallel()
	onBothEmpty(t, func(t *testing.T, url string) {
		_, err := store.Open(t.Context(), url, store.ReadOnly())
		require.Error(t, err, "where there is no store, none is made")
		load(t, url, "22")
		for range 2 {
			s := open(t, url, store.ReadOnly())
			versions, err := s.Schema(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 22, versions.Has)
			require.Greater(t, versions.Wants, versions.Has)
			require.Contains(t, problems(t, s)["schema"], "the rest was not checked")
		}
		require.Empty(t, problems(t, open(t, url)), "migrated")
		require.Empty(t, problems(t, open(t, url, store.ReadOnly())), "and read only")
	})
}

package sqldb

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestMigrationsAreGivenInTheOrderOfTheirVersions(t *testing.T) {
	source := fstest.MapFS{"00001_a.sql": {}, "00003_c.sql": {}, "00004_d.sql": {}, "sqlite/00002_b.sql": {}, "postgres/00002_b.sql": {}}
	for _, d := range []dialect{sqlite, postgres} {
		files, err := migrations(source, d)
		require.NoError(t, err)
		for range 20 { // a map forgets order, but not every time
			names, err := files.(memoryFS).Glob("*.sql")
			require.NoError(t, err)
			require.True(t, slices.IsSorted(names), "%s: %v", d, names)
			require.Len(t, names, 4)
		}
	}
}

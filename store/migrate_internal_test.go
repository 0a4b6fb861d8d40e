package store

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMigrationsAreGivenInTheOrderOfTheirVersions(t *testing.T) {
	for _, d := range []dialect{sqlite, postgres} {
		files, err := migrations(d)
		require.NoError(t, err)
		for range 20 { // a map forgets order, but not every time
			names, err := files.(memoryFS).Glob("*.sql")
			require.NoError(t, err)
			require.True(t, slices.IsSorted(names), "%s: %v", d, names)
			require.GreaterOrEqual(t, len(names), 3)
		}
	}
}

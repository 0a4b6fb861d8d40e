package simulator

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCollate(t *testing.T) {
	ordered := []string{"", "!", "a", "A!", "a@x", "a1", "a10", "ab", "B", "ö"}
	shuffled := slices.Clone(ordered)
	slices.Reverse(shuffled)
	slices.SortStableFunc(shuffled, collate)
	require.Equal(t, ordered, shuffled)
	require.Zero(t, collate("ZOË", "zoë"))
}

package version

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAProgramNamesItselfAndItsVersion(t *testing.T) {
	require.Regexp(t, `^worker \S.* \(go1\..*, \w+/\w+\)$`, Of("worker"))
	released = "1.2.3"
	defer func() { released = "" }()
	require.Contains(t, Of("starter"), "starter 1.2.3 (")
	require.True(t, Asked([]string{"--version"}))
	require.False(t, Asked(nil))
	require.False(t, Asked([]string{"list", "--version"}))
}

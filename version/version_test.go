package version

import (
	"runtime/debug"
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

func TestABuildIDTellsBuildsApart(t *testing.T) {
	defer func() { released, revision = "", "" }()
	require.Empty(t, BuildID(), "a test is built from no commit")
	for _, c := range []struct{ released, revision, id string }{
		{"1.2.3", "", "1.2.3"},
		{"", "0123456789abcdef", "0123456789ab"},
		{"1.2.3", "0123456789abcdef", "1.2.3-0123456789ab"},
	} {
		released, revision = c.released, c.revision
		require.Equal(t, c.id, BuildID())
	}
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123"}
	require.Equal(t, "0123", clean(&debug.BuildInfo{Settings: []debug.BuildSetting{commit}}))
	require.Empty(t, clean(&debug.BuildInfo{Settings: []debug.BuildSetting{commit, {Key: "vcs.modified", Value: "true"}}}), "another commit's")
}

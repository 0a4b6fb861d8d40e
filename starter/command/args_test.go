package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// everyCommand gives all commands that do something, by their paths.
func everyCommand() map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Runnable() && c.HasParent() {
			all[c.CommandPath()] = c
		}
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(newRoot(&App{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}))
	return all
}

// TestStrayArgumentsAndMissingIDsAreToldInOurWords: what was wrong, and how it is right, before
// anybody is asked for anything.
func TestStrayArgumentsAndMissingIDsAreToldInOurWords(t *testing.T) {
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	commands := everyCommand()
	require.Greater(t, len(commands), 20)
	for path, c := range commands {
		path = strings.TrimPrefix(path, "starter ")
		t.Run(path, func(t *testing.T) {
			if strings.Contains(c.Use, "...") {
				return // it takes as many as there are
			}
			code, _, errOut := call(t, append(strings.Fields(path), "one", "two", "three")...)
			require.Equal(t, ExitUsage, code, errOut)
			require.Contains(t, errOut, "starter "+path)
			require.NotContains(t, errOut, "arg(s)")
			require.Equal(t, 1, strings.Count(errOut, "\n"), "one line: %s", errOut)
			if !strings.Contains(c.Use, " ID") && !strings.Contains(c.Use, " RUN") && !strings.Contains(c.Use, " GUID") {
				return
			}
			code, _, errOut = call(t, strings.Fields(path)...)
			require.Equal(t, ExitUsage, code, errOut)
			require.Contains(t, errOut, "starter ")
			require.Equal(t, 1, strings.Count(errOut, "\n"), "one line: %s", errOut)
		})
	}
}

// TestEveryTextOfHelpEndsAsASentenceOrNotAtAll: a line of help has no full stop, an explanation has
// one.
func TestEveryTextOfHelpEndsAsASentenceOrNotAtAll(t *testing.T) {
	for path, c := range everyCommand() {
		require.False(t, strings.HasSuffix(c.Short, "."), path)
		require.NotEmpty(t, c.Example, path)
		if c.Long != "" {
			require.Regexp(t, `[.:)]$`, strings.TrimSpace(c.Long), path)
		}
	}
}

package command

import (
	"strings"

	"github.com/spf13/cobra"
)

// noArgs refuses arguments, and says where a file belongs.
func noArgs(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case c.Flags().Lookup("file") != nil && strings.Contains(args[0], "."):
		return usage("%s takes its file with -f: %s -f %s", c.CommandPath(), c.CommandPath(), args[0])
	}
	return usage("%s takes no argument, and %q is one: see %s --help", c.CommandPath(), args[0], c.CommandPath())
}

// oneID asks for the id of a run, or of a workflow.
func oneID(c *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("which run? Name its id: %s activate/DESTINATION/AUDIENCE (\"starter list\" shows the ids)", c.CommandPath())
	case 1:
		return nil
	}
	return usage("%s takes one id, and %q is another", c.CommandPath(), args[1])
}

// someID asks for the id of a run, and takes more arguments.
func someID(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return oneID(c, args)
	}
	return nil
}

// oneArg asks for one argument that is no id of a run: what it is, with an example.
func oneArg(what, example string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usage("which %s? Name it: %s %s", what, c.CommandPath(), example)
		case 1:
			return nil
		}
		return usage("%s takes one %s, and %q is one more", c.CommandPath(), what, args[1])
	}
}

// noneOrOneID leaves it to the command what to make of no id.
func noneOrOneID(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return oneID(c, args)
}

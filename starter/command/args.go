package command

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/runs"
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

const (
	// completeTime is how long a shell waits for what could complete a word.
	completeTime = 2 * time.Second
	// completions is how many ids a shell is offered at most.
	completions = 200
)

// completeIDs completes the workflow ids of what a filter shows, the newest first. Where Temporal
// does not answer at once it offers nothing, in silence: a shell is no place for an error.
func (a *App) completeIDs(f listFilter) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(c.Context(), completeTime)
		defer cancel()
		return a.idsLike(ctx, f, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// idsLike are the ids that begin as a word does.
func (a *App) idsLike(ctx context.Context, f listFilter, begun string) []string {
	if a.reachTemporal(ctx) != nil {
		return nil
	}
	var ids []string
	seen := map[string]bool{}
	_ = a.pages(ctx, f.query(), func(page []listed) bool { // what was found until it failed is offered
		for _, l := range page {
			if strings.HasPrefix(l.WorkflowID, begun) && !seen[l.WorkflowID] {
				seen[l.WorkflowID] = true
				ids = append(ids, l.WorkflowID)
			}
		}
		return len(ids) < completions
	})
	return ids
}

// Filters of what ids are completed for.
var (
	anything  = listFilter{kinds: listKinds[:len(listKinds)-1]} // all but the pauses of destinations
	underWay  = listFilter{kinds: anything.kinds, statuses: []string{runs.StatusRunning}}
	rowsTaken = listFilter{kinds: []string{runs.KindActivate}}
)

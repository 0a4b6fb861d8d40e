package command

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"audienceflow/runs"
)

const (
	// completeTime is how long a shell waits for what could complete a word.
	completeTime = 2 * time.Second
	// completions is how many ids a shell is offered at most.
	completions = 200
)

// completeIDs completes the workflow ids of what a filter shows, the newest first. Where Temporal does not answer at once it
// offers nothing, in silence: a shell is no place for an error.
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

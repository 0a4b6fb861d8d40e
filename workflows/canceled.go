package workflows

import "go.temporal.io/sdk/workflow"

// versionCanceled marks the histories of workflows that end as canceled whatever their last step came to.
const versionCanceled = "canceled is canceled"

// toldToEnd tells, of a workflow that ends with an error, that somebody has asked it to end. What the step under way came to
// does not matter then: its worker may be gone, so that it timed out, or it met what would have failed the run. apart is a
// context that is not canceled, if there is one.
func toldToEnd(ctx, apart workflow.Context) bool {
	return ctx.Err() != nil && workflow.GetVersion(apart, versionCanceled, workflow.DefaultVersion, 1) == 1
}

package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"audienceflow/runs"
)

// The types of the workflows, as Temporal knows them. Who starts a workflow by its type need
// not link what it does.
const (
	ActivateAudienceType    = runs.ActivateAudienceType
	ValidateExportType      = runs.ValidateExportType
	StreamAudienceType      = runs.StreamAudienceType
	CheckActivationType     = runs.CheckActivationType
	RunOnScheduleType       = runs.RunOnScheduleType
	HoldDestinationType     = runs.HoldDestinationType
	RebindDestinationType   = runs.RebindDestinationType
	DescribeDestinationType = runs.DescribeDestinationType
	LookUpContactType       = runs.LookUpContactType
)

// DefaultVersioning is of workflows that say nothing else, where workers take part in a deployment:
// the next step is taken by the version that is current.
const DefaultVersioning = workflow.VersioningBehaviorAutoUpgrade

// Register makes every workflow known to a worker, or to a replayer in tests.
func Register(r worker.WorkflowRegistry) {
	pinned := workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorPinned}
	r.RegisterWorkflowWithOptions(ActivateAudience, pinned)
	r.RegisterWorkflowWithOptions(ValidateExport, pinned)
	r.RegisterWorkflow(StreamAudience)
	r.RegisterWorkflow(CheckActivation)
	r.RegisterWorkflow(RunOnSchedule)
	r.RegisterWorkflow(HoldDestination)
	r.RegisterWorkflow(RebindDestination)
	r.RegisterWorkflow(DescribeDestination)
	r.RegisterWorkflow(LookUpContact)
}

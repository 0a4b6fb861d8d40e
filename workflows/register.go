package workflows

import (
	"go.temporal.io/sdk/worker"

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

// Register makes every workflow known to a worker, or to a replayer in tests.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflow(ActivateAudience)
	r.RegisterWorkflow(ValidateExport)
	r.RegisterWorkflow(StreamAudience)
	r.RegisterWorkflow(CheckActivation)
	r.RegisterWorkflow(RunOnSchedule)
	r.RegisterWorkflow(HoldDestination)
	r.RegisterWorkflow(RebindDestination)
	r.RegisterWorkflow(DescribeDestination)
	r.RegisterWorkflow(LookUpContact)
}

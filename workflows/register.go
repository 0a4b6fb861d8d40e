package workflows

import "go.temporal.io/sdk/worker"

// The types of the workflows, as Temporal knows them: the names of their functions. Who starts a workflow by its type need
// not link what it does.
const (
	ActivateAudienceType    = "ActivateAudience"
	ValidateExportType      = "ValidateExport"
	StreamAudienceType      = "StreamAudience"
	CheckActivationType     = "CheckActivation"
	RunOnScheduleType       = "RunOnSchedule"
	HoldDestinationType     = "HoldDestination"
	RebindDestinationType   = "RebindDestination"
	DescribeDestinationType = "DescribeDestination"
	LookUpContactType       = "LookUpContact"
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

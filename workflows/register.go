package workflows

import "go.temporal.io/sdk/worker"

// Register makes every workflow known to a worker, or to a replayer in tests.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflow(ActivateAudience)
	r.RegisterWorkflow(ValidateExport)
	r.RegisterWorkflow(StreamAudience)
	r.RegisterWorkflow(CheckActivation)
	r.RegisterWorkflow(RunOnSchedule)
	r.RegisterWorkflow(HoldDestination)
	r.RegisterWorkflow(RebindDestination)
}

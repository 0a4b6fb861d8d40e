// Package recorded says of which paths through the workflows histories are kept, and what each must
// hold. The recorder (sandbox/record) writes them, the replay test of package workflows reads them.
package recorded

// Path is one way that a workflow can take, with a history of it in workflows/testdata/histories.
type Path struct {
	// Name is the history's file name without .json; recorded again, a number follows it.
	Name string
	// Workflow is the type of the workflow.
	Workflow string
	// Holds are marks, as MarksOf gives them, that tell that the path was taken.
	Holds []string
}

// The workflow types.
const (
	activate  = "ActivateAudience"
	validate  = "ValidateExport"
	stream    = "StreamAudience"
	hold      = "HoldDestination"
	scheduled = "RunOnSchedule"
	check     = "CheckActivation"
	rebind    = "RebindDestination"
	describe  = "DescribeDestination"
	lookUp    = "LookUpContact"
)

// Paths are all paths that the workflows can take, each with a history.
var Paths = []Path{
	{"activate-completed", activate, []string{"ReadContacts", "UpdateContacts", "child ValidateExport", "search attributes", "completed"}},
	{"activate-mismatch", activate, []string{"child ValidateExport", "memo", "search attributes", "completed"}},
	{"activate-mismatch-in-result", activate, []string{"child ValidateExport", "change verdict in results", "completed"}},
	{"activate-unchanged", activate, []string{"PlanRun", "child ValidateExport", "without UpdateContacts", "completed"}},
	{"activate-without-search-attributes", activate, []string{"UpdateContacts", "without search attributes", "completed"}},
	{"activate-alerted", activate, []string{"SendAlert", "timer", "completed"}},
	{"activate-late", activate, []string{"timer fired", "SendAlert", "completed"}},
	{"activate-late-by-tries", activate, []string{"signal news", "change tries are no progress", "timer fired", "SendAlert", "completed"}},
	{"activate-alert-failed", activate, []string{"failed SendAlert", "completed"}},
	{"activate-paused-and-resumed", activate, []string{"signal pause", "stop UpdateContacts", "signal resume", "completed"}},
	{"activate-paused-until", activate, []string{"signal pause", "stop UpdateContacts", "timer fired", "without signal resume", "completed"}},
	{"activate-paused-to-another-time", activate, []string{"signal pause", "change a pause gets another time", "timer fired", "without signal resume", "completed"}},
	{"activate-in-quiet-hours", activate, []string{"failed UpdateContacts", "AwaitDestination", "running"}},
	{"activate-paused-while-reading", activate, []string{"signal pause", "stop ReadContacts", "signal resume", "completed"}},
	{"activate-paused-while-validating", activate, []string{"signal pause", "stop ValidateExport", "signal resume", "completed"}},
	{"activate-paused-while-failing", activate, []string{"signal pause", "failed ReadContacts", "change a step that was stopped has not failed", "signal resume", "completed"}},
	{"activate-held-and-approved", activate, []string{"signal approve", "UpdateContacts", "completed"}},
	{"activate-held-and-canceled", activate, []string{"cancel requested", "without UpdateContacts", "canceled"}},
	{"activate-held-and-paused", activate, []string{"signal pause", "signal approve", "signal resume", "completed"}},
	{"activate-canceled-while-reading", activate, []string{"cancel requested", "stop ReadContacts", "canceled"}},
	{"activate-canceled-while-failing", activate, []string{"cancel requested", "failed ReadContacts", "change canceled is canceled", "canceled"}},
	{"activate-canceled-while-sending", activate, []string{"cancel requested", "stop UpdateContacts", "canceled"}},
	{"activate-canceled-while-paused", activate, []string{"signal pause", "cancel requested", "canceled"}},
	{"activate-canceled-while-validating", activate, []string{"stop ValidateExport", "cancel requested", "canceled"}},
	{"activate-canceled-while-destination-paused", activate, []string{"AwaitDestination", "cancel requested", "canceled"}},
	{"activate-failed", activate, []string{"failed ResolveColumns", "failed"}},
	{"activate-failed-and-alerted", activate, []string{"failed ResolveColumns", "SendAlert", "failed"}},
	{"activate-paused-reading-back", activate, []string{"UpdateContacts", "child ValidateExport", "marker", "signal resume", "completed"}},
	{"activate-failed-signing-in", activate, []string{"failed Authenticate", "without ResolveColumns", "failed"}},
	{"activate-failed-staging", activate, []string{"failed StageAudience", "without PlanRun", "failed"}},
	{"activate-failed-while-reading", activate, []string{"failed ReadContacts", "failed"}},
	{"activate-continued-first", activate, []string{"UpdateContacts", "continued as new"}},
	{"activate-continued-next", activate, []string{"an earlier run's", "UpdateContacts", "continued as new"}},
	{"activate-continued-last", activate, []string{"an earlier run's", "UpdateContacts", "child ValidateExport", "completed"}},
	{"activate-continued-paused-first", activate, []string{"signal pause", "continued as new"}},
	{"activate-continued-paused-next", activate, []string{"an earlier run's", "signal resume", "continued as new"}},
	{"activate-too-many-failures", activate, []string{"signal resume", "SendAlert", "completed"}},
	{"activate-failures-judged-early", activate, []string{"UpdateContacts", "marker", "signal resume", "completed"}},
	{"activate-paused-itself", activate, []string{"failed UpdateContacts", "signal resume", "completed"}},
	{"activate-destination-paused", activate, []string{"signal pause", "stop UpdateContacts", "AwaitDestination", "signal resume", "completed"}},
	{"activate-destination-found-paused", activate, []string{"failed UpdateContacts", "AwaitDestination", "completed"}},
	{"activate-started-while-destination-paused", activate, []string{"failed Authenticate", "AwaitDestination", "completed"}},
	{"activate-daily-rows-approved", activate, []string{"timer", "signal approve", "completed"}},
	{"activate-daily-rows-awaited", activate, []string{"timer fired", "completed"}},
	{"plan-completed", activate, []string{"PlanRun", "without UpdateContacts", "completed"}},
	{"replay-completed", activate, []string{"StageAudience", "UpdateContacts", "completed"}},
	{"repair-completed", activate, []string{"StageAudience", "UpdateContacts", "completed"}},
	{"unmap-completed", activate, []string{"UpdateContacts", "without child ValidateExport", "completed"}},

	{"validate-match", validate, []string{"BeginValidation", "ReadBackContacts", "EndValidation", "completed"}},
	{"validate-mismatch", validate, []string{"ReadBackContacts", "EndValidation", "search attributes", "completed"}},
	{"validate-mismatch-alerted", validate, []string{"EndValidation", "change alerts of validations", "SendAlert", "completed"}},
	{"validate-of-a-run", validate, []string{"ReadBackContacts", "EndValidation", "without search attributes", "completed"}},
	{"validate-of-a-run-mismatch", validate, []string{"EndValidation", "memo", "search attributes", "completed"}},
	{"validate-of-a-run-canceled", validate, []string{"cancel requested", "stop ReadBackContacts", "canceled"}},
	{"validate-nothing", validate, []string{"failed BeginValidation", "failed"}},
	{"validate-nothing-of-a-run", validate, []string{"BeginValidation", "without ReadBackContacts", "completed"}},
	{"validate-destination-paused", validate, []string{"AwaitDestination", "EndValidation", "completed"}},
	{"validate-failed", validate, []string{"failed ReadBackContacts", "failed"}},
	{"validate-canceled", validate, []string{"stop ReadBackContacts", "cancel requested", "canceled"}},
	{"validate-canceled-while-failing", validate, []string{"cancel requested", "failed ReadBackContacts", "change canceled is canceled", "canceled"}},

	{"stream-idle", stream, []string{"signal wake", "DrainStream", "UpdateContacts", "running"}},
	{"stream-canceled", stream, []string{"signal wake", "UpdateContacts", "cancel requested", "canceled"}},
	{"stream-canceled-while-sending", stream, []string{"stop UpdateContacts", "cancel requested", "canceled"}},
	{"stream-window-change", stream, []string{"OpenWindow", "UpdateContacts", "running"}},
	{"stream-new-version", stream, []string{"two OpenWindow", "two UpdateContacts", "running"}},
	{"stream-new-version-alerted", stream, []string{"two OpenWindow", "SendAlert", "running"}},
	{"stream-handed-over-first", stream, []string{"OpenWindow", "continued as new"}},
	{"stream-handed-over-next", stream, []string{"an earlier run's", "UpdateContacts", "signal wake", "continued as new"}},
	{"stream-handed-over-paused", stream, []string{"signal pause", "continued as new"}},
	{"stream-taken-over-paused", stream, []string{"an earlier run's", "signal resume", "UpdateContacts", "running"}},
	{"stream-paused-and-resumed", stream, []string{"signal pause", "stop UpdateContacts", "signal resume", "running"}},
	{"stream-destination-paused", stream, []string{"signal pause", "AwaitDestination", "signal resume", "UpdateContacts", "running"}},
	{"stream-destination-found-paused", stream, []string{"failed UpdateContacts", "AwaitDestination", "running"}},
	{"stream-started-while-destination-paused", stream, []string{"failed DrainStream", "AwaitDestination", "UpdateContacts", "running"}},
	{"stream-held-and-approved", stream, []string{"two OpenWindow", "signal approve", "UpdateContacts", "running"}},
	{"stream-held-and-canceled", stream, []string{"without UpdateContacts", "cancel requested", "canceled"}},
	{"stream-judged-anew", stream, []string{"two OpenWindow", "two UpdateContacts", "without signal approve", "running"}},
	{"stream-judged-twice", stream, []string{"failed OpenWindow", "signal resume", "change risks of a micro-batch count once", "signal approve", "UpdateContacts", "running"}},
	{"stream-too-many-failures", stream, []string{"UpdateContacts", "signal resume", "running"}},
	{"stream-too-many-excluded", stream, []string{"UpdateContacts", "marker", "signal resume", "running"}},
	{"stream-rejected-alerted", stream, []string{"change streams tell at once", "SendAlert", "running"}},
	{"stream-paused-itself-opening", stream, []string{"failed OpenWindow", "signal resume", "UpdateContacts", "running"}},
	{"stream-paused-itself-sending", stream, []string{"failed UpdateContacts", "signal resume", "running"}},
	{"stream-alerted", stream, []string{"SendAlert", "UpdateContacts", "running"}},
	{"stream-late", stream, []string{"change streams tell at once", "timer fired", "SendAlert", "UpdateContacts", "running"}},
	{"stream-alert-failed", stream, []string{"failed SendAlert", "UpdateContacts", "running"}},
	{"stream-held-and-alerted", stream, []string{"SendAlert", "signal approve", "UpdateContacts", "running"}},
	{"stream-daily-rows-approved", stream, []string{"timer", "signal approve", "running"}},

	{"hold-resumed", hold, []string{"PauseDestination", "tell pause", "signal resume", "ResumeDestination", "tell resume", "completed"}},
	{"hold-until", hold, []string{"PauseDestination", "timer fired", "without signal resume", "ResumeDestination", "completed"}},
	{"hold-to-another-time", hold, []string{"PauseDestination", "change a pause gets another time", "timer fired", "ResumeDestination", "completed"}},
	{"hold-running", hold, []string{"PauseDestination", "signal pause", "running"}},
	{"hold-canceled", hold, []string{"PauseDestination", "cancel requested", "ResumeDestination", "canceled"}},
	{"hold-not-told", hold, []string{"PauseDestination", "tell pause", "not told", "running"}},
	{"hold-nothing-to-lift", hold, []string{"ResumeDestination", "without PauseDestination", "completed"}},

	{"scheduled-activation", scheduled, []string{"child ActivateAudience", "completed"}},
	{"scheduled-validation", scheduled, []string{"child ValidateExport", "completed"}},
	{"scheduled-skipped", scheduled, []string{"refused ActivateAudience", "completed"}},
	{"scheduled-failed", scheduled, []string{"child ActivateAudience", "failed"}},
	{"scheduled-canceled", scheduled, []string{"stop ActivateAudience", "cancel requested", "canceled"}},

	{"check-completed", check, []string{"Check", "completed"}},
	{"check-canceled", check, []string{"stop Check", "cancel requested", "canceled"}},

	{"rebind-completed", rebind, []string{"RebindDestination", "completed"}},
	{"describe-completed", describe, []string{"DescribeDestination", "completed"}},
	{"lookup-completed", lookUp, []string{"LookUpContact", "completed"}},
	{"rebind-refused", rebind, []string{"failed RebindDestination", "failed"}},
}

// Past are paths that runs of older versions took, and that nobody can record any more.
var Past = []Path{
	// since then a run pauses for what goes wrong after its first write
	{"activate-failed-reading-back", activate, []string{"UpdateContacts", "child ValidateExport", "failed"}},
}

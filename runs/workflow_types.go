package runs

// The types of the workflows, as Temporal knows them: the names of their functions.
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

// Activities that others look for by the names that Temporal knows them by: those of their methods.
const (
	StageAudienceType    = "StageAudience"
	AwaitDestinationType = "AwaitDestination"
)

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

package activities

// Activities that others look for by the names that Temporal knows them by: those of their methods.
const (
	StageAudienceType    = "StageAudience"
	AwaitDestinationType = "AwaitDestination"
)

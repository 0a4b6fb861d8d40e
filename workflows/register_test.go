package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/workflows"
)

func TestTypesAreThoseUnderWhichWorkflowsAreRegistered(t *testing.T) {
	var registered registeredNames
	workflows.Register(&registered)
	require.ElementsMatch(t, []string{
		workflows.ActivateAudienceType, workflows.ValidateExportType, workflows.StreamAudienceType, workflows.CheckActivationType,
		workflows.RunOnScheduleType, workflows.HoldDestinationType, workflows.RebindDestinationType,
		workflows.DescribeDestinationType, workflows.LookUpContactType,
	}, registered)
}

package lease_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities/lease"
)

func TestTheSystemsClocksGoOn(t *testing.T) {
	before := lease.Now()
	require.Positive(t, before.Running)
	require.True(t, lease.Now().Reaches(before))
	require.False(t, before.Reaches(lease.Now().Plus(time.Hour)))
}

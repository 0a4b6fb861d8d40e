package host

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func TestThePaceIsReadForEachDestination(t *testing.T) {
	for name, value := range map[string]string{
		"DYNAMICS_DESTINATIONS": "emea,us", "DYNAMICS_EMEA_PACE": "gentle", "DYNAMICS_US_PACE": "slow",
	} {
		t.Setenv(name, value)
	}
	for _, prefix := range []string{"DYNAMICS_EMEA_", "DYNAMICS_US_"} {
		t.Setenv(prefix+"ENVIRONMENT", "http://127.0.0.1:9080")
		t.Setenv(prefix+"TENANT_ID", "11111111-1111-1111-1111-111111111111")
		t.Setenv(prefix+"CLIENT_ID", "client")
		t.Setenv(prefix+"CLIENT_SECRET", "secret")
	}
	_, err := LoadConfig()
	require.ErrorContains(t, err, "destination us (DYNAMICS_US_*)")
	require.ErrorContains(t, err, `"slow": give one of fast, steady, gentle`)
	require.NotContains(t, err.Error(), "emea")

	t.Setenv("DYNAMICS_US_PACE", "")
	c, err := LoadConfig()
	require.NoError(t, err)
	require.Equal(t, dynamics.PaceGentle, c.Destinations[0].dynamics().Pace)
	require.InDelta(t, 1, c.Destinations[1].dynamics().Pace.Share(), 0)
}

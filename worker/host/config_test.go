package host

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVariablesThatNothingReadsAreNamed: a misspelt one would leave a default in force unsaid.
func TestVariablesThatNothingReadsAreNamed(t *testing.T) {
	for name, test := range map[string]struct {
		set  map[string]string
		want []string
	}{
		"all are read": {set: map[string]string{"DYNAMICS_CLIENT_ID": "c", "DYNAMICS_BYPASS_STEPS": "s", "DYNAMICS_DAILY_ROWS": "7"}},
		"misspelt":     {set: map[string]string{"DYNAMICS_CONCURENCY": "5"}, want: []string{"DYNAMICS_CONCURENCY"}},
		"empty":        {set: map[string]string{"DYNAMICS_CONCURENCY": ""}},
		"of several": {
			set: map[string]string{
				"DYNAMICS_DESTINATIONS": "emea, us-west", "DYNAMICS_EMEA_CLIENT_ID": "c", "DYNAMICS_US_WEST_PACE": "fast",
				"DYNAMICS_EMA_CLIENT_ID": "c", "DYNAMICS_CLIENT_SECRET": "hunter2", "DYNAMICS_US_WEST_PAICE": "fast",
			},
			want: []string{"DYNAMICS_CLIENT_SECRET", "DYNAMICS_EMA_CLIENT_ID", "DYNAMICS_US_WEST_PAICE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.set {
				t.Setenv(variable, value)
			}
			c, _ := LoadConfig() // that more is missing is another matter
			require.Equal(t, test.want, c.Unread)
			require.NotContains(t, strings.Join(c.Unread, " "), "hunter2")
		})
	}
}

func TestNamesOfDestinationsAreSeparatedByCommas(t *testing.T) {
	for _, names := range []string{"EMEA US", "emea;us"} {
		t.Setenv("DYNAMICS_DESTINATIONS", names)
		_, err := LoadConfig()
		require.ErrorContains(t, err, "put commas between names")
	}
}

package runs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

func TestAVerdictAfterARunToleratesItsShareOfBothParts(t *testing.T) {
	t.Parallel()
	tally := func(realizedExpected, realizedActual, exitedExpected, exitedActual int64) runs.TallyByStatus {
		return runs.TallyByStatus{
			Realized: runs.Tally{Expected: realizedExpected, Actual: realizedActual},
			Exited:   runs.Tally{Expected: exitedExpected, Actual: exitedActual},
		}
	}
	for name, c := range map[string]struct {
		v    runs.Validation
		want string
	}{
		"all there":                      {runs.Validation{Expected: 10, Matched: 10, ByStatus: tally(1000, 1000, 0, 0)}, runs.VerdictMatch},
		"one of a hundred read back":     {runs.Validation{Expected: 100, Matched: 99, Mismatched: 1, ByStatus: tally(1000, 1000, 0, 0)}, runs.VerdictMatch},
		"one of ten read back":           {runs.Validation{Expected: 10, Matched: 9, Missing: 1, ByStatus: tally(1000, 1000, 0, 0)}, runs.VerdictMismatch},
		"ten of a thousand by count":     {runs.Validation{ByStatus: tally(1000, 990, 0, 0)}, runs.VerdictMatch},
		"eleven of a thousand by count":  {runs.Validation{ByStatus: tally(1000, 989, 0, 0)}, runs.VerdictMismatch},
		"ten turned":                     {runs.Validation{ByStatus: tally(900, 890, 100, 110)}, runs.VerdictMatch},
		"six turned away from each word": {runs.Validation{ByStatus: tally(900, 894, 100, 94)}, runs.VerdictMismatch},
		"eleven unexpected":              {runs.Validation{Unexpected: 11, ByStatus: tally(1000, 1000, 0, 0)}, runs.VerdictMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			c.v.Scope = runs.ScopeRun
			require.Equal(t, c.want, c.v.Judge(0.01))
		})
	}
}

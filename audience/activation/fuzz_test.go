package activation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience/activation"
)

func FuzzActivationFile(f *testing.F) {
	for _, seed := range []string{smallest, "", "audiences: [{audience: a}]\n" + smallest, "a: &a [*a]\n", "? [a]\n: {b: c}\n", "mapping:\n- {source: a.b[0], target: b}\n",
		"source:\n  url: s3://u:p@h/?sig=a\nguard: {maxExitShare: 1e-1}\nstatuses: {realized: a, exited: b}\n", "%TAG ! a\n--- !x\n", "a: |\n b\n...\n---\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		got, err := activation.Parse([]byte(content), "f.yaml")
		var wrong *activation.FileError
		if err != nil {
			require.ErrorAs(t, err, &wrong)
			require.NotEmpty(t, wrong.Problems)
			return
		}
		require.NotEmpty(t, got)
		for _, a := range got {
			require.NotEmpty(t, a.Destination)
			require.NotEmpty(t, a.Audience)
			require.NotEmpty(t, a.MappingID)
			require.NotEqual(t, a.Statuses.Realized, a.Statuses.Exited)
		}
	})
}

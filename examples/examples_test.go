package examples_test

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/audience/source"
	"audienceflow/dynamics/simulator"
	"audienceflow/examples"
)

// generatedContacts is how many contacts the sandbox's simulator has.
const generatedContacts = 10_000

// TestExamplesAreWhatTheySay reads every activation file with its source, and looks its contacts up
// among the simulator's.
func TestExamplesAreWhatTheySay(t *testing.T) {
	known := map[string]bool{}
	for i := range generatedContacts {
		known[simulator.GeneratedID(1, i)] = true
	}
	want := map[string]map[string]int{
		"vip.yaml":     {"rows": 1919, "absent": 13, "missing_contact_id": 12, "invalid_contact_id": 7, "ignored": 42},
		"vip-csv.yaml": {"rows": 200},
	}
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(want))
	for _, file := range files {
		list, err := activation.Load(file)
		require.NoError(t, err)
		require.Equal(t, want[file], count(t, list[0], known), file)
		held, err := examples.Files.ReadFile(filepath.Base(list[0].Source.URL))
		require.NoError(t, err)
		require.NotEmpty(t, held)
	}
	_, err = examples.Files.ReadFile(examples.Sample)
	require.NoError(t, err)
}

func count(t *testing.T, a audience.Activation, known map[string]bool) map[string]int {
	t.Helper()
	r, err := source.Open(t.Context(), a, source.Options{})
	require.NoError(t, err)
	counts := map[string]int{}
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch record.Kind {
		case audience.RecordRow:
			counts["rows"]++
			if !known[record.Contact] {
				counts["absent"]++
			}
		case audience.RecordExcluded:
			counts[record.Reason]++
		case audience.RecordIgnored:
			counts["ignored"]++
		}
	}
	require.NoError(t, r.Close())
	return counts
}

package activities

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestACheckSaysWhyRecordsAreExcluded and where the first of each kind stand, in none of the
// source's own words.
func TestACheckSaysWhyRecordsAreExcluded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	a := w.activation(w.everyone()...)
	a.Source.URL, a.Mapping = filepath.Join(a.Folder, "odd.csv"), nil
	a.Source.Status, a.Source.LastQualificationTime = "status", ""
	header := a.Source.ContactID + ",status\n"
	check := func(text string) (details []string) {
		writeFile(t, a.Source.URL, header+text)
		out := w.checked(a)
		require.True(t, out.OK, out.Steps)
		for _, step := range out.Steps {
			if step.Name == StepRecords {
				details = append(details, fmt.Sprintf("%v %s", step.Warning, step.Detail))
			}
		}
		return details
	}
	row := w.ids[0] + ",realized\n"
	require.Equal(t, []string{"false records read: 1, of the audience: 1"}, check(row))
	require.Equal(t, []string{
		"false records read: 14, of the audience: 13, excluded: 12",
		"false excluded as missing_contact_id: 1 (line 3): what source.contactId names is empty there",
		"true excluded as unknown_status: 2 (line 4, line 5): the status there is none of realized, existing, active, exited, exiting, expired: " +
			"name its column or path as source.status, or give source.constantStatus",
		"true excluded as invalid_contact_id: 8 (line 6, line 7, line 8, line 9, line 10, ...): what source.contactId names is no GUID there: " +
			"is it the id of the contact in Dynamics?",
		"true excluded as unreadable_record: 1 (line 14): 3 columns instead of the header's 2",
	}, check(row+",realized\n"+w.ids[1]+",Lovelace\n"+w.ids[1]+",\n"+strings.Repeat("ada@example.org,realized\n", 8)+w.ids[2]+",realized,x\n"+row))
	require.Equal(t, []string{
		"false records read: 1, of the audience: 1",
		"true 2 rows are blank, or the header once more, and were ignored",
	}, check(row+",\n"+header))
	require.Contains(t, check(",realized\n,realized\n")[1], "true excluded as missing_contact_id: 2", "no record has an id")

	for bad, ok := range map[int]bool{9: true, 10: false, 40: false} {
		writeFile(t, a.Source.URL, header+strings.Repeat(row, 3)+strings.Repeat(w.ids[1]+",M\xfcller\n", bad))
		out := w.checked(a)
		require.Equal(t, ok, out.OK, "%d of %d cannot be read", bad, bad+3)
		require.Contains(t, out.wrongRecords(t, "unreadable_record").Detail, "source.encoding: windows-1252")
	}

	require.NoError(t, os.Mkdir(filepath.Join(a.Folder, "parts"), 0o700))
	writeFile(t, filepath.Join(a.Folder, "parts", "a.csv"), header+row)
	writeFile(t, filepath.Join(a.Folder, "parts", "b.csv"), header+"x,realized\n")
	a.Source.URL = filepath.Join(a.Folder, "parts")
	require.Contains(t, w.checked(a).wrongRecords(t, "invalid_contact_id").Detail, "(line 2 of b.csv)")
}

package command

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/inbox"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

const person = "0928bcb4-bb27-ed11-9db1-002248274ada"

// keepPerson makes a store that holds a person as a failed row and in an inbox.
func keepPerson(t *testing.T) {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "r1", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Kind: runs.KindActivate}))
	require.NoError(t, s.Stage(t.Context(), "r1", staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Line: 7, Contact: person, Reason: "unknown_status"}}}))
	require.NoError(t, s.FinishStaging(t.Context(), "r1"))
	require.NoError(t, s.EndRun(t.Context(), "r1", runs.StatusCompleted, "", "", nil))
	key := inbox.StreamKey{Destination: "d", Audience: "news"}
	version, err := s.RegisterStream(t.Context(), key, []byte("{}"))
	require.NoError(t, err)
	_, err = s.Receive(t.Context(), []inbox.Event{{
		StreamKey: key, Version: version, Arrived: time.Now(), Record: audience.Record{Kind: audience.RecordRow, Contact: person},
	}}, nil)
	require.NoError(t, err)
}

func TestAPersonIsForgottenWithAReceipt(t *testing.T) {
	keepPerson(t)
	code, out, _ := call(t, "contact", strings.ToUpper("{"+person+"}"), "-o", "json")
	require.Equal(t, ExitDone, code)
	var known contactReport
	require.NoError(t, json.Unmarshal([]byte(out), &known))
	require.Len(t, known.Rejected, 1)
	require.Equal(t, "unknown_status", known.Rejected[0].Reason)
	require.Equal(t, "r1", known.Rejected[0].Run)
	_, out, _ = call(t, "contact", person)
	require.Contains(t, out, "unknown_status")

	code, out, _ = call(t, "contact", person, "--destination", "elsewhere", "--erase", "-o", "json")
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, `"total": 0`)
	code, out, errOut := call(t, "contact", person, "--erase", "-o", "json")
	require.Equal(t, ExitDone, code, errOut)
	var receipt map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &receipt))
	require.EqualValues(t, 2, receipt["total"])
	require.EqualValues(t, 1, receipt["rejected"])
	require.EqualValues(t, 1, receipt["events"])
	require.Equal(t, person, receipt["contact"])
	require.Equal(t, []any{"d"}, receipt["destinations"])
	require.NotEmpty(t, receipt["erasedAt"])
	require.Len(t, receipt["remains"], 3)

	code, out, _ = call(t, "contact", person)
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, "knows nothing of contact")
	code, out, _ = call(t, "contact", person, "--erase")
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, "Dynamics 365 keeps what it holds")
	code, _, errOut = call(t, "contact", "not-a-guid", "--erase")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "GUID")
}

func TestWhoeverIsAskedMustSayYes(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " YES \n": true, "n\n": false, "\n": false, "": false, "y": false} {
		require.Equal(t, want, yes(strings.NewReader(answer)), "%q", answer)
	}
	require.True(t, (&App{}).agreed("", person), "without a terminal the flag is the word")
}

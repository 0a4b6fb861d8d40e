package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// call runs the command line and gives its exit code and what it printed.
func call(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestUsageErrorsExitWith2AndSayWhatToDo(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("destination: dynamics\naudiance: vip\n"), 0o600))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no file":          {[]string{"activate"}, "-f FILE"},
		"an absent file":   {[]string{"plan", "-f", "absent.yaml"}, "absent.yaml"},
		"a bad file":       {[]string{"check", "-f", bad}, "bad.yaml:2: unknown key audiance; did you mean audience?"},
		"an unknown flag":  {[]string{"activate", "--fast"}, "--fast"},
		"an odd format":    {[]string{"list", "-o", "xml"}, "table or json"},
		"csv of a list":    {[]string{"list", "-o", "csv"}, "table or json"},
		"pause of nothing": {[]string{"pause"}, "starter list"},
		"a file, bare":     {[]string{"check", "vip.yaml"}, "starter check -f vip.yaml"},
		"a stray word":     {[]string{"list", "vip"}, `takes no argument, and "vip" is one`},
		"no id":            {[]string{"status"}, "starter status activate/DESTINATION/AUDIENCE"},
		"no run":           {[]string{"rejected"}, "which run?"},
		"two ids":          {[]string{"cancel", "a", "b"}, `"b" is another`},
		"no run to let go": {[]string{"dismiss"}, "which run?"},
		"no build id":      {[]string{"deployment", "set-current"}, "which build id? Name it: starter deployment set-current 1.1.0"},
		"two versions":     {[]string{"deployment", "set-current", "n", "--unversioned"}, "not both"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := call(t, c.args...)
			require.Equal(t, ExitUsage, code)
			require.Empty(t, out, "stdout is for results")
			require.Contains(t, errOut, c.says)
		})
	}
}

func TestEveryCommandHelpsWithAnExample(t *testing.T) {
	app := &App{}
	for _, c := range newRoot(app).Commands() {
		if c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		require.Contains(t, c.Example, "starter ", c.Name())
		require.NotEmpty(t, c.Short, c.Name())
	}
}

func TestServeSaysWhatIsMissingOfItsSettings(t *testing.T) {
	for name, c := range map[string]struct {
		environment map[string]string
		args        []string
		says        string
	}{
		"no token":          {nil, nil, "set AEP_TOKENS_FILE or AEP_BEARER_TOKENS"},
		"tokens and none":   {map[string]string{"AEP_TOKENS_FILE": "tokens"}, []string{"--no-auth"}, "contradict"},
		"an absent file":    {map[string]string{"AEP_TOKENS_FILE": "absent-tokens"}, nil, "absent-tokens"},
		"half a key pair":   {map[string]string{"AEP_BEARER_TOKENS": "t", "AEP_TLS_CERT_FILE": "tls.crt"}, nil, "belong together"},
		"an absent key":     {map[string]string{"AEP_BEARER_TOKENS": "t", "AEP_TLS_CERT_FILE": "absent.crt", "AEP_TLS_KEY_FILE": "k"}, nil, "absent.crt"},
		"everybody, openly": {nil, []string{"--no-auth", "--listen", "0.0.0.0:0"}, "--no-auth would let everybody in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("STORE_URL", "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
			for variable, value := range c.environment {
				t.Setenv(variable, value)
			}
			code, _, errOut := call(t, append([]string{"serve", "--activations", t.TempDir()}, c.args...)...)
			require.Equal(t, ExitUsage, code)
			require.Contains(t, errOut, c.says)
		})
	}
}

func TestRowsOfARunNeedTheWorkersStore(t *testing.T) {
	t.Setenv("STORE_URL", "sqlite:"+filepath.Join(t.TempDir(), "none.db"))
	code, _, errOut := call(t, "rejected", "some-run")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "STORE_URL")
}

func TestRejectedRowsInThreeFormats(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "r1", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Kind: runs.KindActivate}))
	require.NoError(t, s.Stage(t.Context(), "r1", staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Line: 7, Reason: "invalid_contact_id"}}}))
	require.NoError(t, s.Close())

	code, out, _ := call(t, "rejected", "activate/d/a", "-o", "json")
	require.Equal(t, ExitDone, code)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &rows))
	require.Len(t, rows, 1)
	require.EqualValues(t, 7, rows[0]["line"])
	require.Equal(t, "invalid_contact_id", rows[0]["reason"])
	require.NotEmpty(t, rows[0]["action"])
	_, out, _ = call(t, "rejected", "r1", "-o", "csv")
	require.Contains(t, out, ",7,excluded,invalid_contact_id,")
	_, out, _ = call(t, "rejected", "r1")
	require.Contains(t, out, "owner of the source")
	require.Contains(t, out, "  line 7, record 1 ")

	code, _, errOut := call(t, "replay", "r1")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "no failed rows left")
}

func TestExitCodesOfReports(t *testing.T) {
	mismatch := &runs.Validation{Verdict: runs.VerdictMismatch}
	for name, c := range map[string]struct {
		report runs.Report
		code   int
	}{
		"done":             {runs.Report{Status: runs.StatusCompleted, Numbers: runs.Numbers{Failed: 9}}, ExitDone},
		"failed":           {runs.Report{Status: runs.StatusFailed}, ExitFailed},
		"canceled":         {runs.Report{Status: runs.StatusCanceled}, ExitFailed},
		"a mismatch":       {runs.Report{Status: runs.StatusCompleted, Validation: mismatch}, ExitMismatch},
		"held by a guard":  {runs.Report{Status: runs.StatusWaiting, NeedsPerson: true}, ExitPerson},
		"paused by itself": {runs.Report{Status: runs.StatusPaused, NeedsPerson: true}, ExitPerson},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.code, codeOf(c.report)) })
	}
	require.Equal(t, ExitFailed, worst([]runs.Report{{Status: runs.StatusCompleted, Validation: mismatch}, {Status: runs.StatusFailed}, {}}))
}

// activationFile is one of audience a to destination d.
func activationFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`destination: d
audience: a
mappingId: vip
source: {url: a.csv, contactId: id, status: status}
`), 0o600))
	return file
}

func TestTheStarterSaysItsVersion(t *testing.T) {
	code, out, _ := call(t, "--version")
	require.Equal(t, ExitDone, code)
	require.True(t, strings.HasPrefix(out, "starter "), out)
}

package activities

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/alerts/targets"
	"audienceflow/runs"
)

// step finds a step of a check by its name.
func (r CheckResult) step(t *testing.T, name string) CheckStep {
	t.Helper()
	for _, step := range r.Steps {
		if step.Name == name {
			return step
		}
	}
	require.Fail(t, "there is no such step", "%s in %v", name, r.Steps)
	return CheckStep{}
}

func TestACheckLooksAtTheSourceAndAtWhoseTheColumnIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := w.activation(w.everyone()...)
	check := func(a Activation) CheckResult {
		out, err := do(w, w.connection.Check, CheckInput{Activation: a})
		require.NoError(t, err)
		return out
	}
	out := check(a)
	require.True(t, out.OK, out.Steps)
	require.Contains(t, out.step(t, "source").Detail, "readable")

	absent := a
	absent.Source.URL = filepath.Join(a.Folder, "absent.csv")
	require.False(t, check(absent).OK)
	require.Contains(t, check(absent).step(t, "source").Detail, "absent.csv")
	column := a
	column.Source.Status = "state"
	require.Contains(t, check(column).step(t, "source").Detail, "status", "the header's columns are named")
	require.False(t, check(column).OK)

	others := a
	others.Audience = "others"
	w.activate("of-others", others)
	require.False(t, check(a).OK)
	require.Contains(t, check(a).step(t, "column owner").Detail, "belongs to audience others")
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: "dry", Kind: runs.KindPlan, WorkflowID: "plan/dynamics/vip", Activation: a})
	require.ErrorContains(t, err, "belongs to audience others")
}

func TestAMappingThatMatchesNothingIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a := w.activation(w.everyone()...)
	a.Source.URL = filepath.Join(a.Folder, "vip.ndjson")
	writeFile(t, a.Source.URL, `{"id":"`+w.ids[0]+`","segmentMembership":{"ups":{"vip":{"status":"realized"}}},"person":{"first":"Ann"}}`+"\n")
	a.Source.Format, a.Source.Status = "aep-json", ""
	a.Mapping[0].Source = "person.frist"
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: a})
	require.NoError(t, err)
	staged, err := do(w, w.planning.StageAudience, StageAudienceInput{Run: testRun, Now: time.Now()})
	require.NoError(t, err)
	require.EqualValues(t, 1, staged.Records)
	require.Equal(t, []string{"mapping person.frist: no record of 1 has it"}, staged.Seen)
	require.Empty(t, staged.Unmatched)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestACheckTellsWhichAlertsWouldReachNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ops := w.listen("ops")
	w.options.Alerts = targets.New([]string{"127.0.0.1"})
	known := w.options.AlertURL
	w.options.AlertURL = func(name string) string {
		if name == "typo" {
			return "htps:secret-path"
		}
		return known(name)
	}
	w.connect()
	a := w.activation(w.everyone()...)
	a.Alerts = []Alert{{To: "ops"}, {To: "nobody"}, {To: "generic+http://127.0.0.1:9/hook"}, {To: "generic+https://example.org/hook"}, {To: "typo"}}
	out, err := do(w, w.connection.Check, CheckInput{Activation: a})
	require.NoError(t, err)
	require.False(t, out.OK)
	for i, want := range []struct {
		ok   bool
		says string
	}{{true, "the worker has ALERT_OPS_URL"}, {false, "the worker has no ALERT_NOBODY_URL"}, {true, "127.0.0.1"}, {false, "example.org: its host is not among ALERT_HOSTS"},
		{false, "the worker's ALERT_TYPO_URL is of no use"}} {
		step := out.step(t, fmt.Sprintf("alert %d", i+1))
		require.Equal(t, want.ok, step.OK, step)
		require.Contains(t, step.Detail, want.says)
		require.NotContains(t, step.Detail, "secret-path")
		require.Equal(t, want.ok, step.Fix == "")
	}
	require.Empty(t, ops.all(), "a check tells nobody anything")
}

func TestACheckTellsWhatIsWrongWithTheCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	folder := t.TempDir()
	none := filepath.Join(folder, "none.pem")
	require.NoError(t, os.WriteFile(none, []byte("-----BEGIN"), 0o600))
	for file, says := range map[string]string{"": " directly", none: "it holds no certificate", filepath.Join(folder, "absent.pem"): "no such file"} {
		w.options.CertFile = file
		w.connect()
		out, err := do(w, w.connection.Check, CheckInput{Activation: w.activation(w.everyone()...)})
		require.NoError(t, err)
		step := out.step(t, "network")
		require.Contains(t, step.Detail, says)
		require.Equal(t, 1, strings.Count(step.Detail, " directly"), "Dynamics and its sign-in are one host here: %s", step.Detail)
		require.Equal(t, file == "", step.OK)
		require.Equal(t, step.OK, out.OK)
	}
}

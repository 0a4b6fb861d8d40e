package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"audienceflow/runs"
	"audienceflow/starter/terminal"
	"audienceflow/workflows"
)

// remembered is a closed workflow with a memo.
func remembered(t *testing.T, id string, memo map[string]string) *workflow.WorkflowExecutionInfo {
	t.Helper()
	fields := map[string]*common.Payload{}
	for name, word := range memo {
		payload, err := converter.GetDefaultDataConverter().ToPayload(word)
		require.NoError(t, err)
		fields[name] = payload
	}
	return &workflow.WorkflowExecutionInfo{
		Execution: &common.WorkflowExecution{WorkflowId: id}, Status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, Memo: &common.Memo{Fields: fields},
	}
}

func TestAListTellsKindsAndVerdicts(t *testing.T) {
	for _, c := range []struct {
		id, kind, verdict string
		memo              map[string]string
	}{
		{"activate/d/a", "replay", "mismatch", map[string]string{workflows.MemoKind: "replay", workflows.MemoVerdict: "mismatch"}},
		{"activate/d/a", "activate", "", nil}, // of an older version
		{"plan/d/a", "plan", "", map[string]string{workflows.MemoKind: "plan"}},
		{"validate/d/a/0b1f", "validate", "match", map[string]string{workflows.MemoVerdict: "match"}},
	} {
		l := listedOf(remembered(t, c.id, c.memo))
		require.Equal(t, c.kind, l.Kind, c.id)
		require.Equal(t, c.verdict, l.Verdict, c.id)
		require.Equal(t, runs.StatusCompleted, l.Status)
	}
}

func TestKindsAndVerdictsCanBeAskedFor(t *testing.T) {
	mismatched := listed{Kind: "unmap", Status: "completed", Verdict: "mismatch"}
	for _, c := range []struct {
		filter listFilter
		shown  bool
	}{
		{listFilter{kinds: []string{"unmap"}}, true},
		{listFilter{kinds: []string{"activate"}}, false},
		{listFilter{statuses: []string{"mismatch"}}, true},
		{listFilter{statuses: []string{"completed"}}, true},
		{listFilter{statuses: []string{"failed", "running"}}, false},
	} {
		require.NoError(t, c.filter.check())
		require.Equal(t, c.shown, c.filter.shows(mismatched), c.filter)
	}
	for kind, want := range map[string]string{"plan": "'plan/d/a'", "replay": "'activate/d/a'", "unmap": "'activate/d/a'", "validate": "'validate/d/a/'"} {
		require.Contains(t, listFilter{kinds: []string{kind}, destination: "d", audience: "a"}.query(), want)
	}
	require.Equal(t, 1, strings.Count(listFilter{}.query(), "'activate/'"), "several kinds share one id")
}

func TestListsFitATerminal(t *testing.T) {
	long := strings.Repeat("x", 60)
	ended := time.Now().Add(100 * time.Hour)
	for name, print := range map[string]func(a *App) error{
		"list": func(a *App) error {
			return a.printListed([]listed{
				{WorkflowID: "activate/dynamics/" + long, Kind: "activate", Status: "completed", Verdict: "mismatch", StartedAt: time.Now(), EndedAt: &ended},
				{WorkflowID: "activate/dynamics/vip", Kind: "activate", Status: "completed", Verdict: "match", StartedAt: time.Unix(0, 0)},
			})
		},
		"rejected": func(a *App) error {
			words := strings.Repeat("some words of a plug-in that nobody has cut. ", 9)
			return a.printRejected("run", []rejectedRow{
				{Contact: "0928bcb4-bb27-ed11-9db1-002248274ada", Line: 4_000_000_000, Outcome: "failed", Reason: "plugin_error", Column: "emailaddress1", Cause: words, Owner: "admin", Action: words, State: "superseded"},
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, print(&App{Out: &out, Format: "table"}))
			for _, line := range strings.Split(out.String(), "\n") {
				require.LessOrEqual(t, len(line), terminal.Width, line)
			}
		})
	}
}

func TestIDsAreCompletedInTheShell(t *testing.T) {
	a := &App{Temporal: &visibility{runs: 1000}}
	ids := a.idsLike(t.Context(), anything, "activate/d3/a99")
	require.Equal(t, []string{"activate/d3/a993"}, ids)
	require.Len(t, a.idsLike(t.Context(), anything, ""), completions)
	for _, c := range newRoot(&App{}).Commands() {
		if strings.Contains(c.Use, " ID") || strings.Contains(c.Use, " RUN") || strings.Contains(c.Use, "[ID") {
			require.NotNil(t, c.ValidArgsFunction, c.Name())
		}
	}
}

// TestAListTellsTheWaysOn: of what waits for somebody, and of a mismatch, with the command.
func TestAListTellsTheWaysOn(t *testing.T) {
	var out bytes.Buffer
	a := &App{Out: &out, Format: "table"}
	waiting := runs.Report{WorkflowID: "activate/d/vip", Status: runs.StatusWaiting, Phase: "waiting for approval", Reason: "3,000 of 4,000 would leave."}
	byDestination := runs.Report{WorkflowID: "activate/d/gold", Status: runs.StatusPaused, DestinationPaused: true, Reason: "month end"}
	running := runs.Report{WorkflowID: "activate/d/new", Status: runs.StatusRunning}
	var all []listed
	for _, r := range []runs.Report{waiting, byDestination, running} {
		all = append(all, listed{WorkflowID: r.WorkflowID, Kind: "activate", Status: r.Status, held: heldLine(r)})
	}
	all = append(all, listed{WorkflowID: "validate/d/vip", Kind: "validate", Status: runs.StatusCompleted, Verdict: runs.VerdictMismatch,
		Validation: &runs.Validation{Verdict: runs.VerdictMismatch, Mismatched: 3}})

	require.NoError(t, a.printListed(all))

	require.Contains(t, out.String(), "would leave. Let it go on: starter approve activate/d/vip\n")
	require.Contains(t, out.String(), "Mend them: starter validate -f FILE --repair\n")
	require.NotContains(t, out.String(), "month end", "the pause of the destination says so itself")
	require.Equal(t, 1, strings.Count(out.String(), "starter approve"))
}

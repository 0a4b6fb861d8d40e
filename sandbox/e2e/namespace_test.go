package e2e

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

// makeNamespace makes one on the shared server; it stays until the tests have ended.
func makeNamespace(t *testing.T, name string) {
	t.Helper()
	c, err := client.NewNamespaceClient(client.Options{HostPort: shared.temporal.Address(), Logger: silent()})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}))
}

func silent() log.Logger { return log.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

func TestAWorkerWaitsForItsNamespace(t *testing.T) { // alone, since it reads the time that is left to wait
	w := newWorld(t, simulator.Options{Contacts: 50, Seed: 7})
	w.environment["TEMPORAL_NAMESPACE"] = "later"
	waiting := w.startWorker()
	eventually(t, "the cause in the worker's log", func() bool {
		return strings.Contains(waiting.log.String(), `has no namespace \"later\"`)
	})
	told := startProcess(t, w.environ(), w.folder, "starter", "check", "-f", w.activation("vip.ndjson"))
	eventually(t, "the same cause at once", func() bool {
		return strings.Contains(told.log.String(), `has no namespace "later": create it or set TEMPORAL_NAMESPACE; waiting up to 30s`)
	})
	makeNamespace(t, "later")
	w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
	eventually(t, "the check of a worker that has waited", func() bool {
		return w.starter("check", "-f", "vip.yaml").code == command.ExitDone
	})
	require.Equal(t, 1, strings.Count(waiting.log.String(), "waiting for Temporal"), waiting.log)
}

// standIn takes part in what is steered as long as it has been neither resumed nor canceled.
func standIn(ctx workflow.Context, _ workflows.ActivateInput) error {
	workflow.GetSignalChannel(ctx, workflows.Resume.Name).Receive(ctx, nil)
	return nil
}

func noHold(workflow.Context, workflows.HoldInput) (workflows.Hold, error) {
	return workflows.Hold{}, nil
}

func TestAThousandRunsHideNone(t *testing.T) {
	t.Parallel()
	const many, few, atOnce = 1000, 3, 16
	makeNamespace(t, "crowded")
	c, err := shared.temporal.Dial(t.Context(), client.Options{Logger: silent()})
	require.NoError(t, err)
	defer c.Close()
	c, err = client.NewClientFromExisting(c, client.Options{Namespace: "crowded", Logger: silent()})
	require.NoError(t, err)
	start := func(destination, audience string) error {
		_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: workflows.ActivateID(destination, audience), TaskQueue: workflows.TaskQueue(destination),
		}, "ActivateAudience", workflows.ActivateInput{})
		return err
	}
	eventually(t, "the new namespace", func() bool { return start("small", "a0") == nil })
	for i := 1; i < few; i++ {
		require.NoError(t, start("small", fmt.Sprintf("a%d", i)))
	}
	require.NoError(t, start("small", "gone"))
	require.NoError(t, c.TerminateWorkflow(t.Context(), workflows.ActivateID("small", "gone"), "", "test"))
	var starting sync.WaitGroup
	failures := make(chan error, many)
	for first := range atOnce {
		starting.Go(func() {
			for i := first; i < many; i += atOnce {
				failures <- start("smaller", fmt.Sprintf("a%d", i))
			}
		})
	}
	starting.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}

	own := worker.New(c, workflows.TaskQueue("small"), worker.Options{})
	own.RegisterWorkflowWithOptions(standIn, workflow.RegisterOptions{Name: "ActivateAudience"})
	own.RegisterWorkflowWithOptions(noHold, workflow.RegisterOptions{Name: "HoldDestination"})
	require.NoError(t, own.Start())
	defer own.Stop()

	w := &world{t: t, folder: t.TempDir(), environment: map[string]string{
		"TEMPORAL_ADDRESS": shared.temporal.Address(), "TEMPORAL_NAMESPACE": "crowded",
	}}
	list := func(args ...string) (ids []string) {
		var all []struct {
			WorkflowID string `json:"workflowId"`
		}
		w.document(&all, command.ExitDone, append([]string{"list"}, args...)...)
		for _, one := range all {
			ids = append(ids, one.WorkflowID)
		}
		slices.Sort(ids)
		return ids
	}
	eventually(t, "every run in the list", func() bool { return len(list("--kind", "activate")) == many+few+1 })
	require.Equal(t, []string{"activate/small/a0", "activate/small/a1", "activate/small/a2"},
		list("--destination", "small", "--status", runs.StatusRunning))
	require.Equal(t, []string{"activate/small/gone"}, list("--status", runs.StatusCanceled))
	require.Equal(t, []string{"activate/small/a1", "activate/smaller/a1"}, list("--audience", "a1"))
	require.Empty(t, list("--destination", "small", "--audience", "a"))
	require.Empty(t, list("--kind", "hold", "--audience", "a1"))
	require.Len(t, list("--limit", "7"), 7)

	resumed := w.starter("resume", "--destination", "small")
	require.Equal(t, command.ExitDone, resumed.code, resumed.errOut)
	for i := range few {
		require.NoError(t, c.GetWorkflow(t.Context(), workflows.ActivateID("small", fmt.Sprintf("a%d", i)), "").Get(t.Context(), nil))
	}
}

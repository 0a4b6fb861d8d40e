package e2e

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
)

func TestTheUIShowsTheFinishedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 50, Seed: 8})
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()), "name: VIP customers")
	w.report(command.ExitDone, "activate", "-f", file)

	listed := get(t, shared.temporal.UIURL()+"/api/v1/namespaces/default/workflows?query=Destination%3D%27"+w.destination+"%27")
	require.Contains(t, listed, w.workflowID())
	require.Contains(t, listed, "WORKFLOW_EXECUTION_STATUS_COMPLETED")
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}

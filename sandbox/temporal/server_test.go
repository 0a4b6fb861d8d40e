package temporal_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/sandbox/temporal"
)

func TestServerInMemoryRunsWorkflowsAndServesItsUI(t *testing.T) {
	server := start(t, temporal.Options{UIPort: temporal.FreePort, Namespace: "elsewhere"})

	_, err := runGreeting(t.Context(), server)
	require.NoError(t, err)

	require.Equal(t, "elsewhere", server.Namespace())
	require.Contains(t, get(t, server.UIURL()), "<html")
	require.Contains(t, get(t, server.UIURL()+"/api/v1/namespaces/elsewhere/workflows"), workflowID)
}

func TestSearchAttributesFindAWorkflow(t *testing.T) {
	server := start(t, temporal.Options{})
	_, err := runGreeting(t.Context(), server)
	require.NoError(t, err)
	c, err := server.Dial(t.Context(), client.Options{Logger: quiet()})
	require.NoError(t, err)
	defer c.Close()

	for _, name := range temporal.SearchAttributes() {
		require.Equal(t, 1, found(t, c, name+" = 'x"+name+"'"), name)
		require.Zero(t, found(t, c, name+" = 'other'"), name)
	}
}

func TestHistoryOutlivesTheProcess(t *testing.T) {
	for name, end := range map[string]os.Signal{"killed": syscall.SIGKILL, "stopped": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "made by start", "temporal 100%.db")
			runChild(t, file, end)

			server := start(t, temporal.Options{DBFile: file})

			c, err := server.Dial(t.Context(), client.Options{Logger: quiet()})
			require.NoError(t, err)
			defer c.Close()
			var answer string
			require.NoError(t, c.GetWorkflow(t.Context(), workflowID, "").Get(t.Context(), &answer))
			require.Equal(t, "hello world", answer)
			_, err = runGreeting(t.Context(), server)
			require.NoError(t, err, "the kept database takes new workflows")
		})
	}
}

func TestPortTakenNamesThePort(t *testing.T) {
	listener, err := net.Listen("tcp", temporal.DefaultHost+":0")
	require.NoError(t, err)
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port

	for name, options := range map[string]temporal.Options{
		"Temporal":      {FrontendPort: port},
		"Temporal's UI": {UIPort: port},
	} {
		_, err := temporal.Start(t.Context(), options)

		var taken *temporal.PortTakenError
		require.ErrorAs(t, err, &taken)
		require.Equal(t, temporal.PortTakenError{Host: temporal.DefaultHost, Port: port, Purpose: name}, *taken)
		require.Contains(t, err.Error(), "choose another port")
	}
}

func TestUnusableOptionsAreAllNamed(t *testing.T) {
	_, err := temporal.Start(t.Context(), temporal.Options{Host: "here", FrontendPort: -2, UIPort: 70000})

	require.ErrorContains(t, err, `host "here"`)
	require.ErrorContains(t, err, "frontend port -2")
	require.ErrorContains(t, err, "UI port 70000")
}

func TestUnusableFileSaysWhatToDo(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	require.NoError(t, os.WriteFile(garbage, []byte("this is certainly no SQLite database at all, is it?"), 0o600))
	for name, file := range map[string]string{
		"not a database":     garbage,
		"a folder":           folder,
		"a folder is a file": filepath.Join(garbage, "temporal.db"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := temporal.Start(t.Context(), temporal.Options{DBFile: file})

			var unusable *temporal.DatabaseError
			require.ErrorAs(t, err, &unusable)
			require.Contains(t, err.Error(), file)
		})
	}
	kept, err := os.ReadFile(garbage)
	require.NoError(t, err)
	require.Contains(t, string(kept), "certainly", "a file that is not ours stays as it was")
}

// runChild runs a greeting in a process of its own and ends it with the signal.
func runChild(t *testing.T, file string, end os.Signal) {
	t.Helper()
	child := exec.Command(os.Args[0], childCommand, file)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() }) // for a test that fails before its end
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "hello world <nil>\n", line)
	require.NoError(t, child.Process.Signal(end))
	err = child.Wait()
	if end == syscall.SIGTERM {
		require.NoError(t, err)
	}
}

func found(t *testing.T, c client.Client, query string) int {
	t.Helper()
	response, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
	require.NoError(t, err)
	return len(response.GetExecutions())
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}

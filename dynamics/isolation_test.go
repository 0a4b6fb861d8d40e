package dynamics_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// meter stands before a simulator and counts what updating costs.
type meter struct {
	http.Handler
	mu              sync.Mutex
	requests, spent int
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasPrefix(r.URL.Path, apiPath) {
		m.mu.Lock()
		m.requests++
		switch {
		case strings.HasSuffix(r.URL.Path, "UpdateMultiple"):
			m.spent += bytes.Count(body, []byte(`"contactid"`))
		case strings.HasSuffix(r.URL.Path, "$batch"):
			m.spent += bytes.Count(body, []byte("PATCH "))
		case r.Method == http.MethodPatch:
			m.spent++
		}
		m.mu.Unlock()
	}
	m.Handler.ServeHTTP(w, r)
}

// cost is what it took to write rows of which some are bad.
type cost struct{ written, rejected, requests, spent int }

// isolate updates contacts of which some are bad, in requests of 1,000.
func isolate(t *testing.T, kind string, rows, bad int) cost {
	// The environment's column is shorter than the client was told: an over-long text passes the
	// client's own check.
	server, err := simulator.New(simulator.Options{Contacts: rows, Columns: []string{"vipstatus:string:20"}, NoLimits: true})
	require.NoError(t, err)
	m := &meter{Handler: server}
	web := httptest.NewServer(m)
	defer web.Close()
	c, err := dynamics.New(config(func(c *dynamics.Config) { c.Environment, c.RequestSize = web.URL, 1000 }))
	require.NoError(t, err)
	require.NoError(t, c.SignIn(t.Context()))
	ids := strings.Fields(fetch(t, web.URL+"/_simulator/contacts"))
	updates := statusUpdates(ids)
	var faulty []string
	for n := range bad {
		at := (n*rows + rows/3) / bad // spread evenly: the worst case for halving
		faulty = append(faulty, ids[at])
		switch kind {
		case "missing":
			change(t, web.URL, ids[at])
		case "over-long":
			updates[at].Values[0].Value = text(strings.Repeat("x", 50))
		}
	}
	if kind == "plug-in error" && bad > 0 {
		require.NoError(t, server.AddFault(simulator.Fault{Kind: "plugin", IDs: faulty}))
	}
	var got cost
	for at := 0; at < rows; at += 1000 {
		results, err := c.Update(t.Context(), updates[at:at+1000])
		require.NoError(t, err)
		for _, r := range results {
			if r.State == dynamics.RowRejected {
				got.rejected++
			}
		}
	}
	got.written, got.requests, got.spent = server.Stats().RowsWritten, m.requests, m.spent
	return got
}

// change deletes a contact behind the client's back.
func change(t *testing.T, url, id string) {
	resp, err := http.Post(url+"/_simulator/contacts", "application/json", strings.NewReader(fmt.Sprintf(`[{"contactid":%q,"delete":true}]`, id)))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

const isolationIntroduction = `# What bad rows cost

UpdateMultiple writes all its rows or none: one row that Dynamics refuses costs the work on all of them. The client then
looks for the rows at fault in the cheapest way that their error allows:

* **A contact that does not exist**: the error names one, and more may be gone. The ids of the request are read (one
  request for 300 contacts, which updates nothing), and the request goes out again without the missing ones. Runs read
  the contacts that they do not know before they send, so that this is rare.
* **A text that is too long**: the error names the column and its length, which tells the rows.
* **Anything else**, a plug-in's error for example, names no row that one could rely on. The rows go one by one within a
  ` + "`$batch`" + ` that goes on after an error. Halving the request until the bad rows are alone would cost three times the
  rows for one bad row already, and more for several.

Every good row is written once; no row is sent again after it was committed.

The table is for requests of 1,000 rows, the bad ones spread evenly. *Row-updates* counts each row of each writing request,
refused requests included; *extra* is what the bad rows add to those of a run without any.

| rows | bad rows | kind | rows written | rows rejected | requests | row-updates | extra |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

const isolationEnd = `
Measured against the simulator by ` + "`go test ./dynamics -run IsolationPage -update`" + `, which writes this page; without
` + "`-update`" + ` the same test compares it with what it measures.
`

// TestIsolationPageIsWhatIsMeasured measures what bad rows cost, and keeps docs/isolation.md equal
// to it.
func TestIsolationPageIsWhatIsMeasured(t *testing.T) {
	path := filepath.Join("..", "docs", "isolation.md")
	var b bytes.Buffer
	b.WriteString(isolationIntroduction)
	for _, tc := range []struct {
		rows, bad int
		kinds     []string
	}{
		{1000, 0, []string{"none"}}, {1000, 1, badKinds()}, {1000, 5, badKinds()}, {1000, 50, badKinds()}, {10000, 50, badKinds()},
	} {
		for _, kind := range tc.kinds {
			got := isolate(t, kind, tc.rows, tc.bad)
			require.Equal(t, tc.rows-tc.bad, got.written)
			require.Equal(t, tc.bad, got.rejected)
			extra := 100 * (got.spent - tc.rows) / tc.rows
			require.LessOrEqual(t, extra, 200)
			fmt.Fprintf(&b, "| %d | %d | %s | %d | %d | %d | %d | %d %% |\n", tc.rows, tc.bad, kind, got.written, got.rejected, got.requests, got.spent, extra)
		}
	}
	b.WriteString(isolationEnd)
	if *update {
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "run go test ./dynamics -run IsolationPage -update")
}

func badKinds() []string { return []string{"missing", "over-long", "plug-in error"} }

package e2e

import (
	"context"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browserTime is how long a page may take to load and settle.
const browserTime = 3 * time.Minute

// browser is the path of a headless browser, "" where there is none.
func browser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browse runs the browser on a page with more flags and returns what it prints.
func browse(t *testing.T, page string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir=" + filepath.Join(t.TempDir(), "profile"),
		"--window-size=1400,1400", "--virtual-time-budget=5000",
	}, flags...)
	command := exec.CommandContext(ctx, browser(), append(args, page)...)
	output, err := command.Output()
	require.NoError(t, err)
	return string(output)
}

// pageText is the document of a page after its scripts have run.
func pageText(t *testing.T, page string) string { return browse(t, page, "--dump-dom") }

// screenshot writes a picture of a page.
func screenshot(t *testing.T, page, file string) { browse(t, page, "--screenshot="+file) }

// workflowPage is a workflow's page in Temporal's UI.
func workflowPage(ui, namespace, id string) string {
	return ui + "/namespaces/" + namespace + "/workflows/" + url.PathEscape(id)
}

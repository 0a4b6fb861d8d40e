package e2e

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"audienceflow/sandbox/browser"
)

// browserTime is how long a page may take to show what is awaited.
const browserTime = 4 * time.Minute

// startBrowser starts a headless browser that ends with the test; nil where there is none.
func startBrowser(t *testing.T) *browser.Browser {
	t.Helper()
	path := browser.Find()
	if path == "" {
		t.Log("no browser here: the pages themselves are not looked at")
		return nil
	}
	b, err := browser.Start(path, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

// look opens a page, waits until it shows the texts, hands it over and closes it.
func look(t *testing.T, b *browser.Browser, address string, view browser.View, texts []string, then func(context.Context, *browser.Page, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	defer cancel()
	page, err := b.Open(ctx, address, view)
	require.NoError(t, err)
	text, err := page.Await(ctx, texts...)
	assert.NoError(t, err, address)
	if then != nil {
		then(t.Context(), page, text)
	}
	require.NoError(t, page.Close(t.Context()))
}

// workflowPage is a workflow's page in Temporal's UI.
func workflowPage(id string) string {
	return shared.temporal.UIURL() + "/namespaces/default/workflows/" + url.PathEscape(id)
}

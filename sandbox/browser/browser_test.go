package browser

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAPageIsReadWithItsFrames reads a page as Temporal's UI makes them: Markdown stands in a frame
// that is kept apart.
func TestAPageIsReadWithItsFrames(t *testing.T) {
	if Find() == "" {
		t.Log("no browser here")
		return
	}
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(`<p id="p">outer</p><iframe sandbox srcdoc="<b>status</b>: inner"></iframe>
<script>document.getElementById("p").append(" " + localStorage.getItem("set"))</script>`), 0o600))
	b, err := Start(Find(), t.TempDir())
	require.NoError(t, err)
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	page, err := b.Open(ctx, "file://"+file, View{Width: 640, Height: 480, Storage: map[string]string{"set": "before"}})
	require.NoError(t, err)
	text, err := page.Await(ctx, "outer", "before", ": inner")
	require.NoError(t, err)
	require.NotContains(t, text, "iframe")
	picture, err := page.Screenshot(ctx)
	require.NoError(t, err)
	require.Equal(t, "\x89PNG", string(picture[:4]))
	require.NoError(t, page.Close(ctx))

	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	page, err = b.Open(ctx, "about:blank", View{Width: 640, Height: 480})
	require.NoError(t, err)
	_, err = page.Await(soon, "what never comes")
	require.ErrorContains(t, err, "what never comes")
}

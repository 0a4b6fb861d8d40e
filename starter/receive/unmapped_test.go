package receive_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/starter/receive"
)

// TestBodiesOfNoAudienceAreCountedBySender: the sender is answered, but somebody here can see that
// nothing arrives.
func TestBodiesOfNoAudienceAreCountedBySender(t *testing.T) {
	f := newFront(t, &memory{})
	mapped := string(shaped(shapes["HTTP API"]))
	other := strings.ReplaceAll(mapped, `"vip"`, `"other"`)
	sdk := `{"profiles":[{"identities":[{"type":"contactId","id":"` + guid + `"}],"AdobeExperiencePlatformSegments":{"add":["c03"],"remove":[]}}]}`
	for _, body := range []string{other, "[" + other + "," + other + "]", sdk} {
		code, accepted := f.post([]byte(body))
		require.Equal(t, http.StatusAccepted, code)
		require.Equal(t, accepted.Received, accepted.Ignored)
	}
	for _, body := range []string{mapped, "[" + mapped + "," + other + "]"} {
		code, _ := f.post([]byte(body))
		require.Equal(t, http.StatusAccepted, code)
	}
	f.stop()
	require.Len(t, f.inbox.unmapped, 1)
	count := f.inbox.unmapped[0]
	require.Equal(t, []any{"dynamics", int64(3), int64(4)}, []any{count.Destination, count.Bodies, count.Profiles})
	require.NotEmpty(t, count.Sender)
}

// TestABodyWithoutAProfileIsRefused: to be told that it was taken would hide the mistake in the
// sender's template.
func TestABodyWithoutAProfileIsRefused(t *testing.T) {
	for _, body := range []string{`{"hello":1}`, `[]`, `{"profiles":[]}`, `[{},{"a":[1]}]`, `7`, `{"flowRunId":"x","exportResults":[]}`, "{}\n{}\n"} {
		f := newFront(t, &memory{})
		code, accepted := f.post([]byte(body))
		require.Equal(t, http.StatusBadRequest, code, body)
		require.Equal(t, receive.Accepted{}, accepted, body)
		require.Empty(t, f.inbox.kept())
	}
}

package command

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

func TestAStreamIsFilledFromAFile(t *testing.T) {
	streamed := audience.Activation{Audience: "vip", Source: audience.Source{Stream: true, ContactID: "contactId"}}
	t.Chdir(t.TempDir())
	filled, err := backfill([]audience.Activation{streamed}, "export.ndjson")
	require.NoError(t, err)
	here, err := filepath.Abs("export.ndjson")
	require.NoError(t, err)
	require.Equal(t, audience.Source{URL: here, Format: "auto", ContactID: "contactId"}, filled[0].Source)
	require.True(t, streamed.Source.Stream)

	filled, err = backfill([]audience.Activation{streamed}, "s3://exports/vip")
	require.NoError(t, err)
	require.Equal(t, "s3://exports/vip", filled[0].Source.URL)
	_, err = backfill([]audience.Activation{streamed}, "https://example.org/vip.ndjson")
	require.ErrorContains(t, err, "s3://")
	_, err = backfill([]audience.Activation{{Audience: "vip"}}, "export.ndjson")
	require.ErrorContains(t, err, "not streamed")
	same, err := backfill([]audience.Activation{{Audience: "vip"}}, "")
	require.NoError(t, err)
	require.Len(t, same, 1)
}

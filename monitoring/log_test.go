package monitoring_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/monitoring"
)

func TestALogIsTextOrJSON(t *testing.T) {
	var log bytes.Buffer
	monitoring.NewLogger(&log, monitoring.LogJSON, slog.LevelInfo).Warn("not sent", "batch", 3, "error", errors.New("no \"answer\"\n"))
	var line map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	require.Equal(t, "WARN", line["level"])
	require.Equal(t, "not sent", line["msg"])
	require.InDelta(t, 3, line["batch"], 0)
	require.Equal(t, "no \"answer\"\n", line["error"])

	log.Reset()
	monitoring.NewLogger(&log, monitoring.LogText, slog.LevelWarn).Info("sent")
	require.Empty(t, log.String(), "below the level")
	monitoring.NewLogger(&log, "", slog.LevelInfo).Info("sent", "batch", 3)
	require.Contains(t, log.String(), "level=INFO msg=sent batch=3")
}

func TestLogFormatsAreTextAndJSON(t *testing.T) {
	for text, want := range map[string]monitoring.LogFormat{"": monitoring.LogText, "text": monitoring.LogText, "json": monitoring.LogJSON} {
		var f monitoring.LogFormat
		require.NoError(t, f.Decode(text))
		require.Equal(t, want, f)
	}
	require.Error(t, new(monitoring.LogFormat).Decode("xml"))
}

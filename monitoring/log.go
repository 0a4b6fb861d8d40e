package monitoring

import (
	"fmt"
	"io"
	"log/slog"
)

// LogFormat is how lines of a log are written, as LOG_FORMAT says: "text" (also where it is empty)
// or "json".
type LogFormat string

// Forms of a log.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Decode reads LOG_FORMAT.
func (f *LogFormat) Decode(text string) error {
	switch LogFormat(text) {
	case "", LogText:
		*f = LogText
	case LogJSON:
		*f = LogJSON
	default:
		return fmt.Errorf("%q is no log format", text)
	}
	return nil
}

// NewLogger writes lines of a level, and of those above it, one a line.
func NewLogger(to io.Writer, format LogFormat, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == LogJSON {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

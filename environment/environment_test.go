package environment

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type settings struct {
	Retention Age           `envconfig:"TRIED_RETENTION" default:"2160h"`
	Level     slog.Level    `envconfig:"TRIED_LEVEL" default:"info"`
	Size      int           `split_words:"true" default:"500"`
	Timeout   time.Duration `split_words:"true" default:"60s"`
	Enabled   bool          `default:"true"`
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	wrong := map[string]string{
		"TRIED_RETENTION": "a month", "TRIED_LEVEL": "loud", "TRIED_SIZE": "many", "TRIED_TIMEOUT": "60", "TRIED_ENABLED": "perhaps",
	}
	for variable, value := range wrong {
		t.Setenv(variable, value)
	}
	err := Read("TRIED", &settings{})
	for variable, value := range wrong {
		require.ErrorContains(t, err, variable+`: "`+value+`" is no`)
		require.Equal(t, value, os.Getenv(variable), "the environment stays as it was")
	}
}

func TestAnAgeMayBeGivenInDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "0.5d": 12 * time.Hour, "2160h": 2160 * time.Hour, "0": 0, " 1d ": 24 * time.Hour} {
		t.Setenv("TRIED_RETENTION", text)
		var s settings
		require.NoError(t, Read("TRIED", &s), text)
		require.Equal(t, want, time.Duration(s.Retention), text)
		require.Equal(t, 500, s.Size)
	}
	for _, text := range []string{"d", "-1d", "1e9d", "30 days", "NaNd"} {
		t.Setenv("TRIED_RETENTION", text)
		require.ErrorContains(t, Read("TRIED", &settings{}), "90d", text)
	}
}

package audience_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2021-03-10T10:03:08Z", "2021-03-10 10:03:08", "2021-03-10T10:03:08.123456789+0530", "1615370588", "-1e11", "1615370588000.5", "9999-12-31T23:59:60-23:59", "0001-01-01T00:00:00+23:59"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := audience.ParseTime(text)
		require.Equal(t, !ok, got.Equal(time.Time{}) && !ok)
		if !ok {
			return
		}
		again, ok := audience.ParseTime(got.Format(time.RFC3339Nano))
		if got.Year() >= 1 && got.Year() <= 9999 {
			require.True(t, ok)
			require.Equal(t, got, again)
		}
		if want, err := time.Parse(time.RFC3339, text); err == nil {
			require.True(t, got.Equal(want.Truncate(time.Microsecond)), text)
		}
	})
}

func FuzzContactID(f *testing.F) {
	for _, seed := range []string{guidA, "{" + guidA + "}", guidA + "@a.Dynamics", "", "{}", "@.dynamics", "İ@x.dynamics"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		id, ok := audience.NormalizeContactID(raw)
		if ok {
			require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, id)
			again, stillOK := audience.NormalizeContactID(id)
			require.True(t, stillOK && again == id)
		}
	})
}

package audience_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

const guidA = "9fd6e0b5-49d6-46ca-af6c-7689f2d11ea3"

func TestParseStatus(t *testing.T) {
	for word, want := range map[string]audience.Status{
		"realized": audience.Realized, "existing": audience.Realized, "active": audience.Realized, " REALIZED\t": audience.Realized,
		"exited": audience.Exited, "exiting": audience.Exited, "Expired ": audience.Exited,
		"": "", "unknown": "", "realised": "", "removed": "",
	} {
		got, ok := audience.ParseStatus(word)
		require.Equal(t, want, got, word)
		require.Equal(t, want != "", ok, word)
	}
}

func TestNormalizeContactID(t *testing.T) {
	for raw, want := range map[string]string{
		guidA:                                      guidA,
		"  " + guidA + "\t":                        guidA,
		"9FD6E0B5-49D6-46CA-AF6C-7689F2D11EA3":     guidA,
		"{9FD6e0b5-49d6-46ca-af6c-7689f2d11ea3}":   guidA,
		guidA + "@acmeorg.Dynamics":                guidA,
		"{" + guidA + "}@acme.DYNAMICS ":           guidA,
		guidA + "@a@b.dynamics":                    guidA,
		guidA + "@acme.salesforce":                 "invalid",
		guidA + ".dynamics":                        "invalid",
		"{" + guidA:                                "invalid",
		"{{" + guidA + "}}":                        "invalid",
		"9fd6e0b549d646caaf6c7689f2d11ea3":         "invalid",
		"9fd6e0b5-49d6-46ca-af6c-7689f2d11eag":     "invalid",
		"9fd6e0b5-49d6-46ca-af6c-7689f2d11ea3\x00": "invalid",
		"9fd6e0b5-49d6-46ca-af6c-7689f2d11eaé":     "invalid",
		"a@b.example":                              "invalid",
		"":                                         "missing",
		" \t ":                                     "missing",
		"{}":                                       "missing",
		"@acme.Dynamics":                           "missing",
	} {
		got, ok := audience.NormalizeContactID(raw)
		switch want {
		case "missing":
			require.Empty(t, got, raw)
			require.False(t, ok, raw)
		case "invalid":
			require.NotEmpty(t, got, raw)
			require.False(t, ok, raw)
		default:
			require.Equal(t, want, got, raw)
			require.True(t, ok, raw)
		}
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2021, 3, 10, 10, 3, 8, 0, time.UTC)
	for _, text := range []string{
		"2021-03-10T10:03:08Z", "2021-03-10t10:03:08z", "2021-03-10T10:03:08+00:00", "2021-03-10T10:03:08+0000", "2021-03-10T10:03:08.000+0000",
		"2021-03-10T12:33:08+02:30", "2021-03-10T05:03:08-0500", "2021-03-09T20:03:08-14", "2021-03-10 10:03:08", " 2021-03-10 10:03:08 ",
		"2021-03-10 10:03:08+00", "2021-03-10T10:03:08", "2021-03-10T10:03:08.0000000001Z", "1615370588", "1615370588000", "1615370588.0", "1.615370588E9", "1.615370588E12",
	} {
		got, ok := audience.ParseTime(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]time.Time{
		"2021-03-10T10:03:08.123456789Z": time.Date(2021, 3, 10, 10, 3, 8, 123456000, time.UTC),
		"1615370588123":                  time.Date(2021, 3, 10, 10, 3, 8, 123000000, time.UTC),
		"99999999999":                    time.Unix(99999999999, 0).UTC(),
		"100000000000":                   time.UnixMilli(100000000000).UTC(),
		"-1":                             time.Unix(-1, 0).UTC(),
		"-100000000001":                  time.UnixMilli(-100000000001).UTC(),
		"0":                              time.Unix(0, 0).UTC(),
		"2024-02-29T00:00:00Z":           time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"2016-12-31T23:59:60Z":           time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, ok := audience.ParseTime(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", " ", "yesterday", "2021-03-10", "2021-3-10T10:03:08Z", "2021-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "2021-00-01T00:00:00Z",
		"2021-03-10T24:00:00Z", "2021-03-10T10:60:00Z", "2021-03-10T10:03:08+25:00", "2021-03-10T10:03:08+1:00", "2021-03-10T10:03:08+", "2021-03-10T10:03:08.Z",
		"2021-03-10T10:03:08 UTC", "2021-03-10T10:03Z", "0x1F", "1e400", "NaN", "Inf", "99999999999999999999", "1_000", "YYYY-MM-DDTHH:MM:SSZ",
	} {
		_, ok := audience.ParseTime(text)
		require.False(t, ok, text)
	}
}

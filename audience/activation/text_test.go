package activation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/activation"
)

// sourceWith reads a file whose source has further keys.
func sourceWith(keys string) ([]audience.Activation, error) {
	return activation.Parse([]byte("destination: dynamics\naudience: vip\nmappingId: vip\nsource:\n  url: vip.csv\n"+keys), "vip.yaml")
}

func TestHowTextIsWritten(t *testing.T) {
	for keys, want := range map[string]audience.Source{
		"": {},
		"  delimiter: auto\n  encoding: auto\n  escape: auto\n": {},
		"  delimiter: \";\"\n":          {Delimiter: ";"},
		"  delimiter: \"\\t\"\n":        {Delimiter: "\t"},
		"  delimiter: '\\t'\n":          {Delimiter: "\t"},
		"  delimiter: \" \"\n":          {Delimiter: " "},
		"  delimiter: Tab\n":            {Delimiter: "\t"},
		"  delimiter: '|'\n":            {Delimiter: "|"},
		"  delimiter: ':'\n":            {Delimiter: ":"},
		"  delimiter: unit separator\n": {Delimiter: "\x1f"},
		"  delimiter: \"\\u001f\"\n":    {Delimiter: "\x1f"},
		"  encoding: Windows-1252\n":    {Encoding: "windows-1252"},
		"  encoding: UTF-16\n":          {Encoding: "utf-16"},
		"  encoding: utf-8\n":           {Encoding: "utf-8"},
		"  escape: \\\n":                {Escape: "backslash"},
		"  escape: backslash\n":         {Escape: "backslash"},
		"  escape: \"'\"\n":             {Escape: "apostrophe"},
		"  escape: '\"'\n":              {Escape: "doubled"},
		"  nullText: [null, N/A]\n":     {NullText: []string{"null", "N/A"}},
		"  nullText: \"null\"\n":        {NullText: []string{"null"}},
		"  nullText: []\n":              {NullText: []string{}},
		"  timeFormat: 02.01.2006 15:04\n  timeZone: Europe/Berlin\n": {TimeFormat: "02.01.2006 15:04", TimeZone: "Europe/Berlin"},
		"  timeFormat: \"1/2/06 3:04 PM\"\n":                          {TimeFormat: "1/2/06 3:04 PM"},
	} {
		got, err := sourceWith(keys)
		require.NoError(t, err, keys)
		s := got[0].Source
		require.Equal(t, want, audience.Source{Delimiter: s.Delimiter, Encoding: s.Encoding, Escape: s.Escape, NullText: s.NullText,
			TimeFormat: s.TimeFormat, TimeZone: s.TimeZone}, keys)
	}
}

func TestTextThatCannotBeSo(t *testing.T) {
	for keys, want := range map[string]string{
		"  delimiter: ',,'\n":                                  "source.delimiter must be auto or one character",
		"  delimiter: x\n":                                     "source.delimiter must be auto or one character",
		"  delimiter: '\"'\n":                                  "source.delimiter must be auto or one character",
		"  delimiter: [\",\"]\n":                               "source.delimiter must be one character",
		"  encoding: utf8\n":                                   "did you mean utf-8?",
		"  encoding: windows-1251\n":                           "did you mean windows-1252?",
		"  escape: slash\n":                                    "source.escape must be auto, doubled",
		"  timeFormat: dd.MM.yyyy HH:mm\n":                     "source.timeFormat must write 2 January 2006",
		"  timeFormat: \"15:04\"\n":                            "source.timeFormat must write 2 January 2006",
		"  timeFormat: 2006-01\n":                              "source.timeFormat must write 2 January 2006",
		"  timeZone: Mars\n":                                   "source.timeZone must be a zone's name",
		"  timeZone: Local\n":                                  "source.timeZone must be a zone's name",
		"  nullText: {a: b}\n":                                 "source.nullText must be a list",
		"  format: parquet\n  delimiter: ','\n":                "source.delimiter belongs to CSV files",
		"  format: parquet\n  encoding: utf-8\n":               "source.encoding belongs to CSV and JSON files",
		"  format: aep-json\n  nullText: []\n  escape: auto\n": "source.nullText belongs to CSV files",
		"  nulltext: [a]\n":                                    "did you mean nullText?",
	} {
		_, err := sourceWith(keys)
		require.ErrorContains(t, err, want, keys)
	}
	_, err := activation.Parse([]byte("destination: d\naudience: a\nmappingId: m\nsource: {stream: true, escape: backslash, encoding: utf-8}\n"), "a.yaml")
	require.ErrorContains(t, err, "source.escape belongs to CSV files")
	require.ErrorContains(t, err, "source.encoding belongs to CSV and JSON files")
}

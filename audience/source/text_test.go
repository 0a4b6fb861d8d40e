package source_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

const personTable = "id,status,time,first\n" + guidA + ",realized,2026-01-01T00:00:00Z,Zoë €5\n" + guidB + ",exited,2026-01-01T00:00:00Z,李😀\n"

// utf16Of writes text as UTF-16, with a mark or without.
func utf16Of(text string, order binary.ByteOrder, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	out := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(out[2*i:], u)
	}
	return string(out)
}

// windows1252Of writes text whose characters Windows-1252 has.
func windows1252Of(text string) string {
	return strings.NewReplacer("ë", "\xeb", "€", "\x80", "李😀", "L\xed", "é", "\xe9", "“", "\x93").Replace(text)
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// firsts gives the first value of each row.
func firsts(t *testing.T, records []audience.Record) []string {
	t.Helper()
	var out []string
	for _, r := range records {
		require.Equal(t, audience.RecordRow, r.Kind, r.Reason+": "+r.Detail)
		out = append(out, r.Values[0].Text)
	}
	return out
}

// TestTextAsItIsSaved reads the same table as programs save it, each known by the file itself.
func TestTextAsItIsSaved(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	separated := func(by string) string { return strings.ReplaceAll(personTable, ",", by) }
	noTimes := strings.NewReplacer(",time", "", ",2026-01-01T00:00:00Z", "").Replace(personTable)
	for name, content := range map[string]string{
		"UTF-8":                    personTable,
		"UTF-8 with its mark":      "\xef\xbb\xbf" + personTable,
		"UTF-16 little endian":     utf16Of(personTable, little, true),
		"UTF-16 big endian":        utf16Of(personTable, big, true),
		"UTF-16, packed":           packed(t, utf16Of(personTable, little, true)),
		"UTF-16, tabs, as Excel":   utf16Of(separated("\t"), little, true),
		"CR":                       strings.ReplaceAll(personTable, "\n", "\r"),
		"CR, no last one":          strings.TrimSuffix(strings.ReplaceAll(personTable, "\n", "\r"), "\r"),
		"CR and UTF-16":            utf16Of(strings.ReplaceAll(personTable, "\n", "\r"), big, true),
		"CR CR LF":                 strings.ReplaceAll(personTable, "\n", "\r\r\n"),
		"semicolons":               separated(";"),
		"bars":                     separated("|"),
		"unit separators":          separated("\x1f"),
		"a comma in another name":  strings.NewReplacer("id;", "id;x, y;", "11ea3;", "11ea3;;", "d6109;", "d6109;;").Replace(separated(";")),
		"quoted header with CR":    "\"id\",\"status\",\"time\",\"first\"\r" + strings.ReplaceAll(personTable[strings.Index(personTable, "\n")+1:], "\n", "\r"),
		"colons":                   strings.ReplaceAll(noTimes, ",", ":"),
		"colons and a colon wide":  strings.NewReplacer(",", ":").Replace(noTimes),
		"commas and a wide column": strings.Replace(personTable, "status", "ups:vip", 1),
	} {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			switch {
			case strings.HasPrefix(name, "colons"):
				a.Source.LastQualificationTime = ""
			case strings.HasSuffix(name, "wide column"):
				a.Source.Status = ""
			}
			require.Equal(t, []string{"Zoë €5", "李😀"}, firsts(t, mustRead(t, a, "audience.csv", content)))
		})
	}
}

// TestEncodingByName reads what no mark tells.
func TestEncodingByName(t *testing.T) {
	for name, test := range map[string]struct {
		encoding, content string
		want              []string
	}{
		"Windows-1252":             {audience.EncodingWindows1252, windows1252Of(personTable), []string{"Zoë €5", "Lí"}},
		"Windows-1252, but UTF-8":  {audience.EncodingWindows1252, "\xef\xbb\xbf" + personTable, []string{"Zoë €5", "李😀"}},
		"UTF-16 without mark":      {audience.EncodingUTF16, utf16Of(personTable, binary.LittleEndian, false), []string{"Zoë €5", "李😀"}},
		"UTF-16, big, by its mark": {audience.EncodingUTF16, utf16Of(personTable, binary.BigEndian, true), []string{"Zoë €5", "李😀"}},
		"UTF-8":                    {audience.EncodingUTF8, personTable, []string{"Zoë €5", "李😀"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			a.Source.Encoding = test.encoding
			require.Equal(t, test.want, firsts(t, mustRead(t, a, "a.csv", test.content)))
		})
	}
	a := jsonActivation()
	require.Len(t, firsts(t, mustRead(t, a, "a.json", utf16Of(member(guidA), binary.LittleEndian, true))), 1)
}

// TestBytesThatAreNoText cost the record that holds them and no other.
func TestBytesThatAreNoText(t *testing.T) {
	row := func(first string) string { return guidA + ",realized,," + first + "\n" }
	half := strings.Replace(utf16Of("id,status,time,first\n"+row("aXb")+row("ok"), binary.LittleEndian, true), "X\x00", "\x3d\xd8", 1)
	require.Equal(t, []string{"unreadable_record@2", "9fd6@3"}, short(mustRead(t, csvActivation(), "a.csv", half)))
	a := csvActivation()
	a.Source.Encoding = audience.EncodingWindows1252
	require.Equal(t, []string{"unreadable_record@2", "9fd6@3"}, short(mustRead(t, a, "a.csv", "id,status,time,first\n"+row("a\x81b")+row("ok"))))
	require.Equal(t, []string{"unreadable_record@2", "9fd6@3"}, short(mustRead(t, csvActivation(), "a.csv", "id,status,time,first\n"+row("Zo\xeb")+row("ok"))))
	_, err := read(t, csvActivation(), "a.csv", utf16Of(personTable, binary.LittleEndian, true)+"x")
	var cut *audience.SourceError
	require.ErrorAs(t, err, &cut)
	require.Equal(t, audience.CauseCut, cut.Cause)
}

// TestDelimiterByName takes a character that the header would not tell.
func TestDelimiterByName(t *testing.T) {
	for _, delimiter := range []string{" ", "~", ":", "^"} {
		a := csvActivation()
		a.Source.Delimiter, a.Source.LastQualificationTime = delimiter, ""
		content := strings.ReplaceAll("id,status,first\n"+guidA+",realized,Bo\n", ",", delimiter)
		require.Equal(t, []string{"Bo"}, firsts(t, mustRead(t, a, "a.csv", content)), delimiter)
	}
}

// TestForeignFilesAreRefusedByName names what a file is instead of reading it as a table.
func TestForeignFilesAreRefusedByName(t *testing.T) {
	for content, want := range map[string]string{
		"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml":  "an Excel workbook (xlsx)",
		"PK\x03\x04\x14\x00\x00\x00\x08\x00export.csv":                        "a zip archive",
		"PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.s":      "an OpenDocument file",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00":                                "an old Excel workbook",
		"%PDF-1.7\n%\xe2\xe3":                                                 "a PDF document",
		"<!DOCTYPE html><html><body>Sign in":                                  "an HTML page",
		"\xef\xbb\xbf\r\n  <HTML lang=en>":                                    "an HTML page",
		`<?xml version="1.0"?><Error>`:                                        "an XML document",
		"BZh91AY&SY\x00\x01":                                                  "bzip2",
		"id\x00,\x00s\x00t\x00a\x00t\x00u\x00s\x00,\x00x\x00y\x00z\x00\n\x00": "UTF-16 without its mark",
		"name.csv" + strings.Repeat("\x00", 249) + "ustar\x0000":              "a tar archive",
	} {
		for _, name := range []string{"a.csv", "a.json", "a"} {
			for _, content := range []string{content, packed(t, content)} {
				_, err := read(t, csvActivation(), name, content)
				var refused *audience.SourceError
				require.ErrorAs(t, err, &refused, want)
				require.Equal(t, audience.CauseFormat, refused.Cause, "%s: %v", want, err)
				require.Contains(t, err.Error(), want)
			}
		}
	}
	for _, header := range []string{"ORC_id", "BZh", "PK"} {
		a := csvActivation()
		a.Source.ContactID = header
		require.Len(t, mustRead(t, a, "a.csv", header+",status,time,first\n"+guidA+",realized,,Bo\n"), 1, header)
	}
}

// TestNullText takes an unquoted word for no value; only a word that the activation lists may clear
// a column.
func TestNullText(t *testing.T) {
	const header = "id,status,time,first\n"
	value := func(a audience.Activation, cell string) audience.Value {
		t.Helper()
		return one(t, a, "a.csv", header+guidA+",realized,,"+cell+"\n").Values[0]
	}
	for _, cell := range []string{"null", "NULL", "Null", " null "} {
		require.Equal(t, audience.Value{State: audience.ValueNull}, value(csvActivation(), cell), cell)
	}
	for _, cell := range []string{`"null"`, "nulls", "nil", "Ms Null", `"NULL"`} {
		require.Equal(t, audience.ValueText, value(csvActivation(), cell).State, cell)
	}
	for _, cell := range []string{"", `""`, "  "} {
		require.Equal(t, audience.Value{}, value(csvActivation(), cell), cell)
	}
	listed := csvActivation()
	listed.Source.NullText = []string{"null", `\N`, "n/a"}
	for _, cell := range []string{"NULL", `\N`, `\n`, "N/A"} {
		require.Equal(t, audience.Value{}, value(listed, cell), cell)
	}
	none := csvActivation()
	none.Source.NullText = []string{}
	require.Equal(t, audience.Value{State: audience.ValueText, Text: "Null"}, value(none, "Null"))

	wide := csvActivation()
	wide.Source.Status = ""
	records := mustRead(t, wide, "a.csv", "id,ups_vip,time,first\n"+guidA+",null,,x\nnull,active,,x\n"+guidB+",active,null,x\n")
	require.Equal(t, []string{"ignored@2", "missing_contact_id@3", "28c4@4"}, short(records))
	require.True(t, records[2].Time.IsZero())
}

// TestTimesInAFormat reads times as people write them, in their zone.
func TestTimesInAFormat(t *testing.T) {
	for _, test := range []struct{ format, zone, text, want string }{
		{"02.01.2006 15:04", "Europe/Berlin", "01.06.2025 14:30", "2025-06-01T12:30:00Z"},
		{"02.01.2006 15:04", "", "01.06.2025 14:30", "2025-06-01T14:30:00Z"},
		{"02.01.2006", "Europe/Berlin", "15.12.2025", "2025-12-14T23:00:00Z"},
		{"1/2/2006 3:04 PM", "America/New_York", "6/1/2025 2:30 PM", "2025-06-01T18:30:00Z"},
		{"", "Europe/Berlin", "2025-06-01 14:30:00", "2025-06-01T12:30:00Z"},
		{"", "Europe/Berlin", "2025-06-01T14:30:00Z", "2025-06-01T14:30:00Z"},
		{"02.01.2006 15:04", "Europe/Berlin", "2025-06-01T14:30:00+02:00", "2025-06-01T12:30:00Z"},
		{"02.01.2006 15:04", "", "1748788200", "2025-06-01T14:30:00Z"},
		{"02.01.2006 15:04", "", "06/01/2025", "0001-01-01T00:00:00Z"},
		{"", "", "01.06.2025", "0001-01-01T00:00:00Z"},
	} {
		a := csvActivation()
		a.Source.TimeFormat, a.Source.TimeZone = test.format, test.zone
		record := one(t, a, "a.csv", "id,status,time,first\n"+guidA+",realized,"+test.text+",x\n")
		require.Equal(t, at(test.want), record.Time, test.text)
		j := jsonActivation()
		j.Source.TimeFormat, j.Source.TimeZone, j.Source.Status, j.Source.LastQualificationTime = test.format, test.zone, "s", "t"
		record = one(t, j, "a.json", `{"contactId":"`+guidA+`","s":"realized","t":"`+test.text+`"}`)
		require.Equal(t, at(test.want), record.Time, test.text)
	}
}

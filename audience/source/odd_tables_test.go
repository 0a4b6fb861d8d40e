package source_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// TestRowsWithoutAnything are no records: spreadsheets write such behind the last one, and joined
// files have the header again.
func TestRowsWithoutAnything(t *testing.T) {
	a, b := csvLine(guidA), csvLine(guidB)
	semicolons := func(text string) string { return strings.ReplaceAll(text, ",", ";") }
	for name, test := range map[string]struct {
		content string
		want    []string
		empty   int64
	}{
		"behind the last row":       {csvHeader + a + ",,,\n,,,\n", []string{"9fd6@2", "ignored@3", "ignored@4"}, 2},
		"semicolons, CR LF":         {strings.ReplaceAll(semicolons(csvHeader+a+",,,\n"), "\n", "\r\n"), []string{"9fd6@2", "ignored@3"}, 1},
		"between rows":              {csvHeader + a + ",,,\n" + b, []string{"9fd6@2", "ignored@3", "28c4@4"}, 1},
		"quotes and blanks":         {csvHeader + a + "\"\", ,\"\",\u00a0\n" + b, []string{"9fd6@2", "ignored@3", "28c4@4"}, 1},
		"narrower and wider":        {csvHeader + a + ",\n,,,,,\n   \n" + b, []string{"9fd6@2", "ignored@3", "ignored@4", "ignored@5", "28c4@6"}, 3},
		"no line end":               {csvHeader + a + ",,,", []string{"9fd6@2", "ignored@3"}, 1},
		"before the header":         {",,,\n\n,\n" + csvHeader + a, []string{"9fd6@5"}, 0},
		"the end of a DOS file":     {csvHeader + a + "\x1a", []string{"9fd6@2", "ignored@3"}, 1},
		"joined files":              {csvHeader + a + csvHeader + b, []string{"9fd6@2", "ignored@3", "28c4@4"}, 1},
		"joined files with marks":   {"\xef\xbb\xbf" + csvHeader + a + "\xef\xbb\xbf" + csvHeader + b, []string{"9fd6@2", "ignored@3", "28c4@4"}, 1},
		"something stands in it":    {csvHeader + a + ",,,x\n", []string{"9fd6@2", "missing_contact_id@3"}, 0},
		"the words of other tables": {csvHeader + "id,status,time,name\n" + a, []string{"invalid_contact_id@2", "9fd6@3"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &source.Seen{}
			r, err := openWith(t, csvActivation(), source.Options{Now: now, Seen: seen}, "a.csv", test.content)
			require.NoError(t, err)
			records, err := drain(t, r)
			require.NoError(t, err)
			require.Equal(t, test.want, short(records))
			require.Equal(t, test.empty, seen.EmptyRows)
			checkSeen(t, csvActivation(), seen, records)
		})
	}
	_, err := read(t, csvActivation(), "a.csv", csvHeader+a+",")
	require.ErrorContains(t, err, "it was cut", "the rest of a row at the end")
	_, err = read(t, csvActivation(), "a.csv", ",,,\n,\n")
	require.ErrorContains(t, err, "the file is empty")
}

// TestAFileSaysItsSeparator in the line that Excel understands.
func TestAFileSaysItsSeparator(t *testing.T) {
	written := func(says, by string) string {
		return says + strings.ReplaceAll(csvHeader+csvLine(guidA), ",", by)
	}
	for name, content := range map[string]string{
		"semicolon":             written("sep=;\n", ";"),
		"comma":                 written("sep=,\n", ","),
		"CR LF, capitals":       written("SEP=;\r\n", ";"),
		"tab":                   written("sep=\t\r\n", "\t"),
		"quoted":                written("\"sep=;\"\r\n", ";"),
		"with a mark":           "\xef\xbb\xbf" + written("sep=;\n", ";"),
		"UTF-16":                utf16Of(written("sep=;\r\n", ";"), binary.LittleEndian, true),
		"CR":                    strings.ReplaceAll(written("sep=;\n", ";"), "\n", "\r"),
		"packed":                packed(t, written("sep=;\n", ";")),
		"no usual separator":    written("sep=~\n", "~"),
		"against the guess":     strings.Replace(written("sep=;\n", ";"), "first", "first,name", 1),
		"and a line in between": written("sep=;\n\n", ";"),
	} {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			if name == "against the guess" {
				a.Mapping[0].Source = "first,name"
			}
			require.Equal(t, []string{"Ada"}, firsts(t, mustRead(t, a, "a.csv", content)))
		})
	}
	a := csvActivation()
	a.Source.Delimiter = ";"
	require.Equal(t, "9fd6@3", short(mustRead(t, a, "a.csv", written("sep=;\n", ";")))[0])
	a.Source.Delimiter = ","
	_, err := open(t, a, "a.csv", written("sep=;\n", ";"))
	require.ErrorContains(t, err, `line 1: its first line says sep=;, and source.delimiter ","`)
	for _, header := range []string{"sep=\n", "sep=ab\n", "sep;x\n"} {
		_, err := open(t, csvActivation(), "a.csv", header)
		require.ErrorContains(t, err, "column id (source.contactId) is missing", header)
	}
}

// TestUTF8IsNotReadAsWindows1252: what would be written is no error to any machine, so that nobody
// would ever be told.
func TestUTF8IsNotReadAsWindows1252(t *testing.T) {
	row := func(first string) string { return guidA + ",realized,," + first + "\n" }
	for name, test := range map[string]struct {
		content string
		refused bool
	}{
		"one character":           {csvHeader + row("Müller"), true},
		"behind much that is not": {csvHeader + strings.Repeat(row("Bo"), 20_000) + row("Zoë"), true},
		"at the end":              {csvHeader + guidA + ",realized,,Zoé", true},
		"many":                    {csvHeader + strings.Repeat(row("李😀"), 20_000), true},
		"letters alone":           {csvHeader + row("Bo"), false},
		"as it says":              {csvHeader + row("M\xfcller"), false},
		"by accident":             {csvHeader + row("M\xfcller") + row("MEN\xdc\x85"), false},
		"its mark":                {"\xef\xbb\xbf" + csvHeader + row("Müller"), false},
	} {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			a.Source.Encoding = audience.EncodingWindows1252
			_, err := read(t, a, "a.csv", test.content)
			if !test.refused {
				require.NoError(t, err)
				return
			}
			var refused *audience.SourceError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, audience.CauseFormat, refused.Cause)
			require.Contains(t, err.Error(), "the file is UTF-8")
		})
	}
	a := jsonActivation()
	a.Source.Encoding = audience.EncodingWindows1252
	_, err := read(t, a, "a.json", strings.Replace(member(guidA), "{", `{"x":"ü",`, 1))
	require.ErrorContains(t, err, "the file is UTF-8")
	a.Source.Encoding = audience.EncodingUTF16
	_, err = read(t, a, "a.json", member(guidA))
	require.ErrorContains(t, err, "source.encoding says utf-16, and the file is not")
}

// TestInvisibleCharacters around what is read do not count: copies of pages and documents have
// them.
func TestInvisibleCharacters(t *testing.T) {
	for _, c := range []string{"\u00a0", "\u200b", "\u200e", "\u2060", "\ufeff", "\u202f", " \u200b "} {
		around := func(text string) string { return c + text + c }
		content := around("id") + "," + around("status") + ",time," + around("first") + "\n" +
			around(guidA) + "," + around("realized") + "," + around("2026-01-01T00:00:00Z") + ",x\n"
		record := one(t, csvActivation(), "a.csv", content)
		require.Equal(t, guidA, record.Contact, "%q", c)
		require.Equal(t, at("2026-01-01T00:00:00Z"), record.Time, "%q", c)
		require.Equal(t, audience.Value{}, one(t, csvActivation(), "a.csv", csvHeader+guidA+",realized,,"+c+"\n").Values[0], "%q", c)
	}
	inside := strings.Replace(guidA, "-", "\u200b-", 1)
	require.Equal(t, []string{"invalid_contact_id@2"}, short(mustRead(t, csvActivation(), "a.csv", csvHeader+inside+",realized,,x\n")))
}

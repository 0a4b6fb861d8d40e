package source_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

// TestQuotesBehindAnEscapeInOtherTables: the escape is told whatever else is odd about the table,
// and can be said.
func TestQuotesBehindAnEscapeInOtherTables(t *testing.T) {
	semicolons := strings.ReplaceAll(dialectHeader, ",", ";") + guidA + `;realized;"Ann \"Annie\" Lee";"a;b"` + "\r\n" + guidB + `;exited;"\"Bo\"";x` + "\r\n"
	for name, test := range map[string]struct {
		escape, content string
		want            []string
	}{
		"UTF-16 and semicolons": {"", utf16Of(semicolons, binary.LittleEndian, true), []string{`9f|Ann "Annie" Lee|a;b`, `28|"Bo"|x`}},
		"a quoted header, apostrophes, no line end": {"", `"id","status","nick","job"` + "\n" + guidA + `,"realized","'"Rock'", the","5''"` + "\n" +
			guidB + `,"exited","x","'"y'""`, []string{`9f|"Rock", the|5'`, `28|x|"y"`}},
		"packed, over lines, said": {audience.EscapeBackslash, packed(t, dialectHeader+guidA+`,realized,"two`+"\n"+`\"lines\"","C:\\"`+"\n"), []string{"9f|two\n\"lines\"|C:\\"}},
		"the same, not said":       {"", packed(t, dialectHeader+guidA+`,realized,"two`+"\n"+`\"lines\"","C:\\"`+"\n"), []string{"9f|two\n\"lines\"|C:\\"}},
		"doubled, said of a path":  {audience.EscapeDoubled, dialectHeader + guidA + `,realized,"C:\","a ""b"""` + "\n", []string{`9f|C:\|a "b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			a := dialectActivation()
			a.Source.Escape = test.escape
			require.Equal(t, test.want, rowsOf(mustRead(t, a, "a.csv", test.content)))
		})
	}
}

// TestTheWordNullInOtherTables is no value where no quotes stand around it, whatever separates and
// encodes the cells.
func TestTheWordNullInOtherTables(t *testing.T) {
	const table = "id,status,time,first\n" + guidA + ",realized,NULL,null\n" + guidB + ",null,,\"Null\"\n" + guidC + ",exited, null ,Null\n"
	tabs := strings.NewReplacer(",", "\t", "\n", "\r\n").Replace(table)
	for name, content := range map[string]string{
		"commas":              table,
		"tabs, CR LF":         tabs,
		"UTF-16":              utf16Of(strings.ReplaceAll(table, ",", ";"), binary.BigEndian, true),
		"no line end, packed": packed(t, strings.TrimSuffix(table, "\n")),
	} {
		t.Run(name, func(t *testing.T) {
			records := mustRead(t, csvActivation(), "a.csv", content)
			require.Equal(t, []string{"9fd6@2", "unknown_status@3", "7af1@4"}, short(records))
			for _, i := range []int{0, 2} {
				require.Equal(t, []audience.Value{{State: audience.ValueNull}}, records[i].Values)
				require.True(t, records[i].Time.IsZero())
			}
			listed := csvActivation()
			listed.Source.NullText = []string{"null"}
			records = mustRead(t, listed, "a.csv", content)
			require.Equal(t, []audience.Value{{}}, records[0].Values, "listed, it is an empty cell")
		})
	}
	surname := one(t, csvActivation(), "a.csv", "id,status,time,first\n"+guidB+",realized,,\"Null\"\n")
	require.Equal(t, []audience.Value{{State: audience.ValueText, Text: "Null"}}, surname.Values)
	words := one(t, csvActivation(), "a.csv", "id,status,time,first\n"+guidB+",realized,,null and void\n")
	require.Equal(t, "null and void", words.Values[0].Text)
}

// TestDestinationSDKBodiesAsFiles reads such bodies as they are kept.
func TestDestinationSDKBodiesAsFiles(t *testing.T) {
	added, removed := sdkProfile(guidA, `"vip"`, ``), sdkProfile(guidB, ``, `"x","vip"`)
	pretty := strings.NewReplacer("{", "{\n ", ",", ",\n ", "[", "[\n ").Replace(`{"profiles":[` + added + "," + removed + `]}`)
	want := []string{"9fd6 realized", "28c4 exited"}
	for name, test := range map[string]struct {
		file, content string
		want          []string
	}{
		"over many lines":             {"a.json", pretty, want},
		"packed, a body in each line": {"a.json.gz", packed(t, `{"profiles":[`+added+"]}\n{\"profiles\":["+removed+"]}\n"), want},
		"UTF-16, lists behind others": {"a.json", utf16Of("["+added+"]\n["+removed+"]", binary.LittleEndian, true), want},
		"beside an XDM profile":       {"a.ndjson", added + "\n" + member(guidC) + "\n" + removed, []string{"9fd6 realized", "7af1 realized", "28c4 exited"}},
		"lists that name nothing":     {"a.json", `[` + sdkProfile(guidA, ``, ``) + `,` + strings.Replace(removed, `"remove":["x","vip"]`, `"remove":null`, 1) + `]`, []string{"ignored", "ignored"}},
		"no contact among identities": {"a.json", strings.Replace(added, `"ContactID"`, `"email"`, 1), []string{"missing_contact_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range mustRead(t, jsonActivation(), test.file, test.content) {
				switch r.Kind {
				case audience.RecordRow:
					got = append(got, r.Contact[:4]+" "+string(r.Status))
				case audience.RecordIgnored:
					got = append(got, "ignored")
				default:
					got = append(got, r.Reason)
				}
			}
			require.Equal(t, test.want, got)
		})
	}
}

// TestSeparatorsAndEncodingsTogether reads tables that are odd in several ways, and says of what is
// no table nothing of its contacts.
func TestSeparatorsAndEncodingsTogether(t *testing.T) {
	by := func(separator string) string {
		return strings.ReplaceAll("id,status,first\n"+guidA+",realized,Zoë\n"+guidB+",exited,Bo\n", ",", separator)
	}
	for name, test := range map[string]struct{ encoding, content string }{
		"UTF-16, sep=, CR":          {"", utf16Of(strings.ReplaceAll("sep=|\n"+by("|"), "\n", "\r"), binary.LittleEndian, true)},
		"UTF-16, big, colons":       {"", utf16Of(by(":"), binary.BigEndian, true)},
		"unit separators, CR LF":    {"", "\xef\xbb\xbf" + strings.ReplaceAll(by("\x1f"), "\n", "\r\n")},
		"Windows-1252, semicolons":  {audience.EncodingWindows1252, windows1252Of(strings.ReplaceAll(by(";"), "\n", "\r\n"))},
		"Windows-1252, bars, CR":    {audience.EncodingWindows1252, windows1252Of(strings.ReplaceAll(by("|"), "\n", "\r"))},
		"UTF-16 said, without mark": {audience.EncodingUTF16, utf16Of(by("\t"), binary.LittleEndian, false)},
	} {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			a.Source.LastQualificationTime, a.Source.Encoding = "", test.encoding
			require.Equal(t, []string{"Zoë", "Bo"}, firsts(t, mustRead(t, a, "a.csv", test.content)))
		})
	}
	for name, content := range map[string]string{
		"no header, bars":       guidA + "|realized|Lovelace\n" + guidB + "|exited|Lovelace\n",
		"no header, no first":   ";realized;Lovelace;ada@example.org\n",
		"no header, CR":         guidA + ",realized,Lovelace\r" + guidB + ",exited,Lovelace\r",
		"no header, UTF-16":     utf16Of(guidA+";realized;Lovelace\n", binary.LittleEndian, true),
		"no header behind sep=": "sep=;\n" + guidA + ";realized;Lovelace\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, csvActivation(), "a.csv", content)
			require.ErrorContains(t, err, "do not look like its names")
			for _, word := range []string{"Lovelace", guidA, "example"} {
				require.NotContains(t, err.Error()+detailOf(t, err), word)
			}
		})
	}
}

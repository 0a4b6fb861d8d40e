package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

// member is a profile of audience vip.
func member(guid string) string {
	return `{"identityMap":{"contactId":[{"id":"` + guid + `"}]},"segmentMembership":{"ups":{"vip":{"status":"realized","lastQualificationTime":"2026-01-01T00:00:00Z"}}}}`
}

func pretty(guid string) string {
	return strings.NewReplacer(`{`, "{\n  ", `,`, ",\n  ").Replace(member(guid))
}

func TestJSONShapes(t *testing.T) {
	a, b, c := member(guidA), member(guidB), member(guidC)
	deep := `{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"empty":                        {"", nil},
		"blank":                        {" \n\n\t\n", nil},
		"single object":                {a, []string{"9fd6@1"}},
		"NDJSON":                       {a + "\n" + b + "\n", []string{"9fd6@1", "28c4@2"}},
		"NDJSON with CRLF and mark":    {"\xef\xbb\xbf" + a + "\r\n" + b, []string{"9fd6@1", "28c4@2"}},
		"blank lines count no record":  {"\n" + a + "\n\n\n" + b + "\n\n", []string{"9fd6@2", "28c4@5"}},
		"concatenated":                 {a + b + " " + c, []string{"9fd6@1", "28c4@1", "7af1@1"}},
		"list":                         {"[" + a + "," + b + "]", []string{"9fd6@1", "28c4@1"}},
		"list over lines":              {"[\n" + a + ",\n" + b + "\n]\n", []string{"9fd6@2", "28c4@3"}},
		"empty list":                   {"[]", nil},
		"list in each line":            {"[" + a + "]\n[" + b + "," + c + "]\n", []string{"9fd6@1", "28c4@2", "7af1@2"}},
		"pretty printed":               {pretty(guidA), []string{"9fd6@1"}},
		"pretty, one behind another":   {pretty(guidA) + "\n" + b, []string{"9fd6@1", "28c4@10"}},
		"profiles":                     {`{"profiles":[` + a + `,` + b + `]}`, []string{"9fd6@1", "28c4@1"}},
		"profiles among other keys":    {"{\"x\":[{}],\n\"profiles\":[\n" + a + "\n],\"y\":1}\n" + b, []string{"9fd6@3", "28c4@5"}},
		"list of profiles":             {`[{"profiles":[` + a + `]},{"profiles":[` + b + `]}]`, []string{"9fd6@1", "28c4@1"}},
		"a profile's own key profiles": {strings.TrimSuffix(a, "}") + `,"profiles":[{"x":1}]}`, []string{"9fd6@1"}},
		"manifest between":             {a + "\n" + `{"flowRunId":"x","exportResults":[]}` + "\n" + b, []string{"9fd6@1", "28c4@3"}},
		"manifest alone":               {`{"flowRunId":"x","scheduledTime":"2023-08-18T01:00:00Z","exportResults":[{"name":"a","size":1}]}`, nil},

		"broken line":               {a + "\n" + `{"x":tru}` + "\n" + b + "\n", []string{"9fd6@1", "unreadable_record@2", "28c4@3"}},
		"cut line between":          {a[:40] + "\n" + b + "\n" + c + "\n", []string{"unreadable_record@1", "28c4@2", "7af1@3"}},
		"cut line swallowing one":   {`{"x":` + "\n" + b + "\n" + c + "\n", []string{"unreadable_record@1", "28c4@2", "7af1@3"}},
		"cut line before the last":  {`{"x":` + "\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"broken last line with end": {a + "\n" + `{"x":` + "\n", []string{"9fd6@1", "unreadable_record@2"}},
		"words between":             {a + "\nhello world\nfoo\n" + b, []string{"9fd6@1", "unreadable_record@2", "unreadable_record@3", "28c4@4"}},
		"text behind a record":      {a + " x\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"one bracket too many":      {a + "}\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"scalars":                   {"null\n12\n\"x\"\n" + a, []string{"unreadable_record@1", "unreadable_record@2", "unreadable_record@3", "9fd6@4"}},
		"scalar at the end":         {a + "\n12", []string{"9fd6@1", "unreadable_record@2"}},
		"broken pretty record":      {"{\n  \"x\": tru,\n  \"y\": 1\n}\n" + b, []string{"unreadable_record@1", "28c4@5"}},
		"broken entry of a list":    {"[" + a + `,{"x":tru,"y":"]"},` + b + "]", []string{"9fd6@1", "unreadable_record@1", "28c4@1"}},
		"no objects in a list":      {"[1,null,[" + a + "]," + b + "]", []string{"unreadable_record@1", "unreadable_record@1", "unreadable_record@1", "28c4@1"}},
		"too deep":                  {a + "\n" + deep + "\n" + b, []string{"9fd6@1", "unreadable_record@2", "28c4@3"}},
		"too deep and open":         {a + "\n" + deep[:500] + "\n" + b, []string{"9fd6@1", "unreadable_record@2", "28c4@3"}},
		"too deep in a list":        {"[" + deep + "," + b + "]", []string{"unreadable_record@1", "28c4@1"}},
		"no UTF-8":                  {a + "\n" + `{"x":"` + "\xff" + `"}` + "\n" + b, []string{"9fd6@1", "unreadable_record@2", "28c4@3"}},
		"control character":         {"{\"x\":\"a\tb\"}\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"bad escape":                {`{"x":"\x"}` + "\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"leading zero":              {`{"x":01}` + "\n" + b, []string{"unreadable_record@1", "28c4@2"}},
		"NUL between":               {a + "\n\x00\n" + b, []string{"9fd6@1", "unreadable_record@2", "28c4@3"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, short(mustRead(t, jsonActivation(), "audience.json", test.content)))
		})
	}
}

func TestJSONCut(t *testing.T) {
	a := member(guidA)
	for name, content := range map[string]string{
		"last line":            a + "\n" + a[:50],
		"only line":            a[:50],
		"last line is no JSON": a + "\nfoo",
		"pretty printed":       "{\n  \"x\": 1,\n",
		"list":                 "[" + a + ",",
		"list in an entry":     "[" + a + "," + a[:30],
		"list without entries": "[",
		"profiles":             `{"profiles":[` + a,
		"deep":                 strings.Repeat(`{"a":`, 300),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, jsonActivation(), "audience.json", content)
			var cut *audience.SourceError
			require.ErrorAs(t, err, &cut)
			require.Equal(t, audience.CauseCut, cut.Cause, err)
			require.Contains(t, err.Error(), "cut")
		})
	}
}

func TestBrokenListStops(t *testing.T) {
	for _, content := range []string{`[{"a":1} {"b":2}]`, `[{"a":1}}]`, `[{"x":"` + "\n" + `"}]`} {
		_, err := read(t, jsonActivation(), "audience.json", content)
		var broken *audience.SourceError
		require.ErrorAs(t, err, &broken, content)
		require.Equal(t, audience.CauseFormat, broken.Cause)
	}
}

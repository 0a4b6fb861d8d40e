package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
)

const dialectHeader = "id,status,nick,job\n"

// dialectActivation maps two columns, so that a value that runs into the next is seen.
func dialectActivation() audience.Activation {
	return audience.Activation{Audience: "vip", Namespace: "ups",
		Source:  audience.Source{ContactID: "id", Status: "status", Format: audience.FormatCSV},
		Mapping: []audience.Mapping{{Source: "nick", Target: "NickName"}, {Source: "job", Target: "JobTitle"}}}
}

// rowsOf gives of each record its contact's first letters and its values, or its reason.
func rowsOf(records []audience.Record) []string {
	var out []string
	for _, r := range records {
		if r.Kind != audience.RecordRow {
			out = append(out, r.Reason)
			continue
		}
		row := r.Contact[:2]
		for _, v := range r.Values {
			row += "|" + v.Text
		}
		out = append(out, row)
	}
	return out
}

// TestCSVDialects reads the ways in which exporters write a quote inside a quoted value, each
// recognised by the file itself.
func TestCSVDialects(t *testing.T) {
	plain := guidB + ",realized,N2,J2\n"
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"doubled":                       {guidA + `,realized,"Ann ""Annie"" Lee",CEO` + "\n" + plain, []string{`9f|Ann "Annie" Lee|CEO`, "28|N2|J2"}},
		"backslash":                     {guidA + `,realized,"Ann \"Annie\" Lee",CEO` + "\n" + plain, []string{`9f|Ann "Annie" Lee|CEO`, "28|N2|J2"}},
		"backslash at a value's end":    {guidA + `,realized,N1,"TV 55\""` + "\n" + plain, []string{`9f|N1|TV 55"`, "28|N2|J2"}},
		"backslash and a comma":         {guidA + `,realized,"Bo, the \"Rock\"",x` + "\n" + plain, []string{`9f|Bo, the "Rock"|x`, "28|N2|J2"}},
		"two that would swallow rows":   {guidA + `,realized,N1,"TV 55\""` + "\n" + plain + guidC + `,realized,N3,"TV 65\""` + "\n", []string{`9f|N1|TV 55"`, "28|N2|J2", `7a|N3|TV 65"`}},
		"escaped backslash at the end":  {guidA + `,realized,"a \"b\"",x` + "\n" + guidB + `,realized,"Last\\",J2` + "\n", []string{`9f|a "b"|x`, `28|Last\|J2`}},
		"evidence behind an odd value":  {guidA + `,realized,"C:\\",x` + "\n" + guidB + `,realized,"a \"b\" c",J2` + "\n", []string{`9f|C:\|x`, `28|a "b" c|J2`}},
		"over lines":                    {guidA + `,realized,"a` + "\n" + `\"b\"",x` + "\n" + plain, []string{"9f|a\n\"b\"|x", "28|N2|J2"}},
		"apostrophe":                    {guidA + `,realized,"Ann '"Annie'" Lee",CEO` + "\n" + plain, []string{`9f|Ann "Annie" Lee|CEO`, "28|N2|J2"}},
		"apostrophe at a value's end":   {guidA + `,realized,N1,"TV 55'""` + "\n" + plain, []string{`9f|N1|TV 55"`, "28|N2|J2"}},
		"apostrophe, doubled":           {guidA + `,realized,"O''Brien, '"Pat'"",x` + "\n" + plain, []string{`9f|O'Brien, "Pat"|x`, "28|N2|J2"}},
		"a backslash that is text":      {guidA + `,realized,"C:\",x` + "\n" + plain, []string{`9f|C:\|x`, "28|N2|J2"}},
		"an apostrophe that is text":    {guidA + `,realized,"6'",x` + "\n" + plain, []string{`9f|6'|x`, "28|N2|J2"}},
		"feet and inches, doubled":      {guidA + `,realized,"6'2""",x` + "\n" + plain, []string{`9f|6'2"|x`, "28|N2|J2"}},
		"a path before a doubled quote": {guidA + `,realized,"C:\""x""",x` + "\n" + plain, []string{`9f|C:\"x"|x`, "28|N2|J2"}},
		"a backslash without quotes":    {guidA + `,realized,C:\,"x"` + "\n" + plain, []string{`9f|C:\|x`, "28|N2|J2"}},
		"the last row, no line end":     {plain + guidA + `,realized,N1,"TV 55\""`, []string{"28|N2|J2", `9f|N1|TV 55"`}},
		"CR LF":                         {guidA + `,realized,N1,"TV 55\""` + "\r\n" + plain, []string{`9f|N1|TV 55"`, "28|N2|J2"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, rowsOf(mustRead(t, dialectActivation(), "a.csv", dialectHeader+test.content)))
		})
	}
}

// TestDialectFarBehindTheStart meets its first escaped quote behind a megabyte of rows that tell
// nothing.
func TestDialectFarBehindTheStart(t *testing.T) {
	many := strings.Repeat(guidB+`,realized,"N, 2","C:\"`+"\n", 40_000)
	records := mustRead(t, dialectActivation(), "a.csv", dialectHeader+many+guidA+`,realized,"say ""x""",y`+"\n")
	require.Equal(t, []string{`28|N, 2|C:\`, `9f|say "x"|y`}, rowsOf(records[len(records)-2:]))
	plain := strings.Repeat(guidB+`,realized,"N, 2",J2`+"\n", 40_000)
	records = mustRead(t, dialectActivation(), "a.csv", dialectHeader+plain+guidA+`,realized,"say \"x\"","y\""`+"\n")
	require.Equal(t, []string{"28|N, 2|J2", `9f|say "x"|y"`}, rowsOf(records[len(records)-2:]))
}

// TestBrokenRowsWithoutACertainNext stops where a broken record may have taken others with it.
func TestBrokenRowsWithoutACertainNext(t *testing.T) {
	for name, content := range map[string]string{
		"a quoted value over lines": guidA + `,realized,"a "b"` + "\n" + `",c` + "\n" + guidB + ",realized,N2,J2\n",
		"rest of a value":           guidA + `,realized,"He said "hi"` + "\nand left\"," + "x\n" + guidB + ",realized,N2,J2\n",
		"rows in one value":         guidA + `,realized,"a` + "\n" + guidB + `,realized,N2,J2` + "\nb\"\n" + guidC + ",realized,N3,J3\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, dialectActivation(), "a.csv", dialectHeader+content)
			var stop *audience.SourceError
			require.ErrorAs(t, err, &stop)
			require.Equal(t, audience.CauseFormat, stop.Cause)
			require.Equal(t, int64(2), stop.Line)
			require.Contains(t, stop.Message, "where the next one starts is not certain")
		})
	}
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"a whole row follows":      {guidA + `,realized,"x"y,z` + "\n" + guidB + ",realized,N2,J2\n", []string{runs.ReasonUnreadable, "28|N2|J2"}},
		"a broken row with its id": {guidA + `,realized,"x"y,z` + "\n" + guidB + `,realized,"x"y,z` + "\n", []string{runs.ReasonUnreadable, runs.ReasonUnreadable}},
		"the end follows":          {guidB + ",realized,N2,J2\n" + guidA + `,realized,"x"y,z` + "\n", []string{"28|N2|J2", runs.ReasonUnreadable}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, rowsOf(mustRead(t, dialectActivation(), "a.csv", dialectHeader+test.content)))
		})
	}
}

package source_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

const csvHeader = "id,status,time,first\n"

func csvLine(guid string) string { return guid + ",realized," + someTime + ",Ada\n" }

func TestCSVRows(t *testing.T) {
	a, b, c := csvLine(guidA), csvLine(guidB), csvLine(guidC)
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"header only":               {csvHeader, nil},
		"rows":                      {csvHeader + a + b, []string{"9fd6@2", "28c4@3"}},
		"no final line end":         {csvHeader + strings.TrimSpace(a), []string{"9fd6@2"}},
		"CRLF and mark":             {"\xef\xbb\xbf" + strings.ReplaceAll(csvHeader+a+b, "\n", "\r\n"), []string{"9fd6@2", "28c4@3"}},
		"blank lines":               {csvHeader + "\n" + a + "\r\n\n" + b + "\n", []string{"9fd6@3", "28c4@6"}},
		"quoted":                    {csvHeader + `"{` + guidA + `}","realized","` + someTime + `","Ada ""A"", B` + "\n" + `C"` + "\n" + b, []string{"9fd6@2", "28c4@4"}},
		"quoted header and CRLF":    {"\"id\",\"status\",\"time\",\"first\"\r\n" + a, []string{"9fd6@2"}},
		"quoted at the end":         {csvHeader + guidA + `,realized,,"Ada"`, []string{"9fd6@2"}},
		"quoted at the end, CR":     {csvHeader + guidA + `,realized,,"Ada"` + "\r", []string{"9fd6@2"}},
		"quote inside a plain text": {csvHeader + guidA + `,realized,,5'10" tall` + "\n" + b, []string{"9fd6@2", "28c4@3"}},
		"blank id":                  {csvHeader + " ,realized,,x\n", []string{"missing_contact_id@2"}},
		"odd id before odd status":  {csvHeader + "x,odd,,x\n", []string{"invalid_contact_id@2"}},
		"odd status":                {csvHeader + guidA + ",odd,,x\n" + guidB + ",,,x\n", []string{"unknown_status@2", "unknown_status@3"}},
		"too few columns":           {csvHeader + guidA + ",realized\n" + b, []string{"unreadable_record@2", "28c4@3"}},
		"too many columns":          {csvHeader + guidA + ",realized,,x,y\n" + b, []string{"unreadable_record@2", "28c4@3"}},
		"too many at the end":       {csvHeader + guidA + ",realized,,x,y", []string{"unreadable_record@2"}},
		"text behind a quote":       {csvHeader + guidA + `,realized,,"x"y` + "\n" + b, []string{"unreadable_record@2", "28c4@3"}},
		"stray quote":               {csvHeader + guidA + `,realized,,"Ada` + "\n" + b + guidC + `,realized,,"López, Jr."` + "\n", []string{"unreadable_record@2", "28c4@3", "7af1@4"}},
		"no UTF-8":                  {csvHeader + guidA + ",realized,,Ad\xe9\n" + b, []string{"unreadable_record@2", "28c4@3"}},
		"semicolons":                {strings.ReplaceAll(csvHeader+a, ",", ";"), []string{"9fd6@2"}},
		"tabs":                      {strings.ReplaceAll(csvHeader+a, ",", "\t"), []string{"9fd6@2"}},
		"blanks around names":       {" id , status,time ,first\n" + a + c, []string{"9fd6@2", "7af1@3"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, short(mustRead(t, csvActivation(), "audience.csv", test.content)))
		})
	}
}

func TestCSVValues(t *testing.T) {
	records := mustRead(t, csvActivation(), "a.csv", csvHeader+
		guidA+`,Expired,2026-01-02 03:04:05,"Ada ""A"", B`+"\r\n"+`C"`+"\n"+
		guidA+",active,soon,  \n"+
		guidA+",active,1767225600,a\x00b\n")
	require.Equal(t, audience.Exited, records[0].Status)
	require.Equal(t, at("2026-01-02T03:04:05Z"), records[0].Time)
	require.Equal(t, []audience.Value{{State: audience.ValueText, Text: "Ada \"A\", B\r\nC"}}, records[0].Values)
	require.Equal(t, time.Time{}, records[1].Time)
	require.Equal(t, []audience.Value{{}}, records[1].Values)
	require.Equal(t, at(someTime), records[2].Time)
	require.Equal(t, []audience.Value{{State: audience.ValueUnusable}}, records[2].Values)
}

func TestCSVCut(t *testing.T) {
	for name, content := range map[string]string{
		"short last row":     csvHeader + csvLine(guidA) + guidB + ",real",
		"inside quotes":      csvHeader + csvLine(guidA) + guidB + `,realized,,"Ada`,
		"inside quotes, end": csvHeader + csvLine(guidA) + guidB + `,realized,,"Ada` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			records, err := read(t, csvActivation(), "a.csv", content)
			var cut *audience.SourceError
			require.ErrorAs(t, err, &cut)
			require.Equal(t, audience.CauseCut, cut.Cause)
			require.Equal(t, int64(3), cut.Line)
			require.Len(t, records, 1)
		})
	}
}

func TestCSVHeaderProblems(t *testing.T) {
	a := csvActivation()
	a.RequireConsent = "consent"
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"empty file":    {"", []string{"the file is empty", "header"}},
		"blank file":    {"\n\n", []string{"the file is empty"}},
		"all missing":   {"a,firs,c\n", []string{"column id (source.contactId)", "column status (source.status)", "column time", "column first (mapping.source) is missing", "column consent (requireConsent)", "the header has 3 columns"}},
		"twice":         {"id,id,status,time,first,consent\n", []string{"column id (source.contactId) stands in the header twice"}},
		"cut UTF-16":    {"\xff\xfei", []string{"UTF-16", "cut"}},
		"Latin-1":       {"id,stra\xdfe\n", []string{"UTF-8"}},
		"broken quotes": {"\"id\"x,status\n", []string{"the header cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, a, "a.csv", test.content)
			var source *audience.SourceError
			require.ErrorAs(t, err, &source)
			for _, want := range test.want {
				require.Contains(t, err.Error(), want)
			}
		})
	}
}

// TestATitleAboveTheHeaderIsNamed: seven columns were said to be missing instead.
func TestATitleAboveTheHeaderIsNamed(t *testing.T) {
	const header, row = "id,status,time,first\n", guidA + ",realized,,x\n"
	semicolons := strings.ReplaceAll(header+row, ",", ";")
	for content, line := range map[string]string{
		"VIP customers\n" + header + row:                      "2",
		"VIP customers, May 2026\n\n" + semicolons:            "3",
		"sep=;\nVIP customers;;;\n" + semicolons:              "3",
		"\"VIP\" of May\nmade by finance\n\n" + header + row:  "4",
		"\"VIP customers\nof May\"\n" + header + row:          "3",
		"\ufeffVIP customers\r\n\r\nid;status;time;first\r\n": "3",
	} {
		_, err := open(t, csvActivation(), "a.csv", content)
		require.ErrorContains(t, err, "the header seems to stand in line "+line+":", content)
		require.NotContains(t, err.Error(), "missing", content)
		require.NotContains(t, err.Error(), "customers", content)
	}
	_, err := open(t, csvActivation(), "a.csv", "VIP customers\n"+row+row)
	require.ErrorContains(t, err, "is missing", "there is no header anywhere")
}

func TestCSVWide(t *testing.T) {
	a := csvActivation()
	a.Source.Status, a.Source.LastQualificationTime = "", ""
	content := "id,UPS_other,Ups_vip,first\n" + guidA + ",active,,x\n" + guidB + ",,expired,x\n,,active,x\nx,, ,x\n" + guidC + ",,odd,x\n"
	want := []string{"ignored@2", "28c4@3", "missing_contact_id@4", "ignored@5", "unknown_status@6"}
	r, err := open(t, a, "wide.csv", content)
	require.NoError(t, err)
	records, err := drain(t, r)
	require.NoError(t, err)
	require.Equal(t, want, short(records))
	require.Equal(t, r.AsOf(), records[1].Time, "a source without times is dated by its own")
	require.Equal(t, want, short(mustRead(t, a, "wide.csv", strings.Replace(content, "Ups_vip", "ups:vip", 1))))

	_, err = open(t, a, "wide.csv", "id,ups_VIP,first\n")
	require.ErrorContains(t, err, "source.status")
	require.ErrorContains(t, err, "ups_vip")

	a.Source.ConstantStatus = audience.Exited
	require.Equal(t, audience.Exited, one(t, a, "constant.csv", "id,first\n"+guidA+",x\n").Status)
}

func TestCSVConsent(t *testing.T) {
	a := csvActivation()
	a.RequireConsent = "consent"
	records := mustRead(t, a, "a.csv", "id,status,time,first,consent\n"+guidA+",realized,,x, y \n"+guidA+",realized,,x,n\n"+guidA+",realized,,x,\n")
	require.Equal(t, audience.Realized, records[0].Status)
	for _, r := range records[1:] {
		require.Equal(t, audience.Exited, r.Status)
		require.True(t, r.NoConsent)
	}
}

func TestDataIsNotShownAsHeader(t *testing.T) {
	for _, content := range []string{
		guidA + ",realized,x,Ada Lovelace\n", "1,Ada Lovelace,ada@example.org\n", "Ada Lovelace,1962-03-08\n", "Ada Lovelace,2026-01-01 00:00:00\n",
		"\"Ada Lovelace\",\"{\"\"a\"\":1}\"\n", "{" + guidA + "};Ada Lovelace\n",
	} {
		_, err := open(t, csvActivation(), "a.csv", content)
		require.ErrorContains(t, err, "column id (source.contactId) is missing", content)
		require.ErrorContains(t, err, "do not look like its names", content)
		require.NotContains(t, err.Error(), "Lovelace", content)
		require.Empty(t, detailOf(t, err), content)
	}
}

func detailOf(t *testing.T, err error) string {
	t.Helper()
	var e *audience.SourceError
	require.ErrorAs(t, err, &e)
	return e.Detail
}

// TestHeaderIsShownApart keeps the words of a header out of the error's own, and shows them only
// where it is a header for sure.
func TestHeaderIsShownApart(t *testing.T) {
	long := strings.Repeat("x", 200)
	for header, want := range map[string]string{
		"status,frist\n": "for first there is frist; the header is: status, frist",
		"id,ups_" + guidA + ",xdm:mail@home,na\u00a0me,b\u202ec,t\t\n": `the header is: id, ups_` + guidA + `, xdm:mail@home, na\u00a0me, b\u202ec, t`,
		"id," + long + "\n":                      "the header is: id, " + long[:64] + "…",
		"Quarz,Feder\n":                          "",
		"id,Quarz,1962-03-08\n":                  "",
		"id,Quarz,quarz@example.org\n":           "",
		"id,first\r" + guidA + ",Quarz\r":        "the header is: id, first", // lines may end with CR alone
		"id,\"first\nQuarz,x\"\n":                "",
		"id:first:status\n" + guidA + ":Quarz\n": "",
		"id,Quarz\x00\n":                         "",
	} {
		_, err := open(t, csvActivation(), "a.csv", header)
		require.NotContains(t, err.Error(), "Quarz", header)
		require.NotContains(t, err.Error(), "frist", header)
		require.Equal(t, want, detailOf(t, err), header)
	}
	_, err := open(t, csvActivation(), "a.csv", "id"+strings.Repeat(",column", 100_000)+"\n")
	require.Less(t, len(detailOf(t, err)), 4000)
	require.Less(t, len(err.Error()), 1000)
}

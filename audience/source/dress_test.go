package source_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// dressed is a member as every export of the same list must say it.
type dressed struct {
	id, status, first, job string
}

var members = []dressed{
	{guidA, "realized", `Ann "Annie" Lee`, "TV 55\""},
	{guidB, "exited", "Zoë, the second", `C:\temp`},
	{guidC, "realized", "O'Brien", ""},
}

type dressRow struct {
	ID     string `parquet:"id"`
	Status string `parquet:"status"`
	First  string `parquet:"first"`
	Job    string `parquet:"job"`
}

// table writes the members with a separator, each value quoted, and quotes escaped by a character.
func table(comma, escape string) string {
	var text strings.Builder
	fmt.Fprintln(&text, strings.Join([]string{"id", "status", "first", "job"}, comma))
	for _, m := range members {
		cells := []string{m.id, m.status, m.first, m.job}
		for i, cell := range cells[2:] {
			if escape != `"` {
				cell = strings.ReplaceAll(cell, escape, escape+escape)
			}
			cells[i+2] = `"` + strings.ReplaceAll(cell, `"`, escape+`"`) + `"`
		}
		fmt.Fprintln(&text, strings.Join(cells, comma))
	}
	return text.String()
}

// lines writes the members as JSON, by a function for each.
func lines(one func(m dressed) string, between string) string {
	var all []string
	for _, m := range members {
		all = append(all, one(m))
	}
	return strings.Join(all, between)
}

func xdmOf(m dressed) string {
	return fmt.Sprintf(`{"identityMap":{"contactId":[{"id":%q}]},"segmentMembership":{"ups":{"vip":{"status":%q}}},"first":%q,"job":%q}`, m.id, m.status, m.first, m.job)
}

func sdkOf(m dressed) string {
	key := map[string]string{"realized": "add", "exited": "remove"}[m.status]
	return fmt.Sprintf(`{"identities":[{"type":"contactId","id":%q}],"AdobeExperiencePlatformSegments":{%q:["vip"]},"first":%q,"job":%q}`, m.id, key, m.first, m.job)
}

func flatOf(m dressed) string {
	return fmt.Sprintf(`{"contactId":%q,"state":%q,"first":%q,"job":%q}`, m.id, m.status, m.first, m.job)
}

// TestTheSameListInEveryDressIsTheSame reads one list of members as sixteen exporters write it.
func TestTheSameListInEveryDressIsTheSame(t *testing.T) {
	var rows []dressRow
	for _, m := range members {
		rows = append(rows, dressRow{m.id, m.status, m.first, m.job})
	}
	excel := table(";", `"`)
	for name, dress := range map[string]struct {
		file, content string
		change        func(s *audience.Source)
	}{
		"AEP JSON, lines":              {"a.ndjson", lines(xdmOf, "\n"), nil},
		"AEP JSON, a list":             {"a.json", "[" + lines(xdmOf, ",") + "]", nil},
		"AEP JSON, packed":             {"a.json.gz", packed(t, lines(xdmOf, "\n")), nil},
		"SDK body":                     {"a.json", `{"profiles":[` + lines(sdkOf, ",") + `]}`, nil},
		"flat JSON":                    {"a.ndjson", lines(flatOf, "\n"), func(s *audience.Source) { s.Status = "state" }},
		"CSV":                          {"a.csv", table(",", `"`), nil},
		"CSV of AEP, backslash":        {"a.csv", table(",", `\`), nil},
		"CSV of AEP, apostrophe":       {"a.csv", table(",", `'`), nil},
		"Excel, Germany":               {"a.csv", "\xef\xbb\xbf" + strings.ReplaceAll(excel, "\n", "\r\n"), nil},
		"Excel, France, its code page": {"a.csv", strings.ReplaceAll(windows1252Of(excel), "\n", "\r\n"), func(s *audience.Source) { s.Encoding = audience.EncodingWindows1252 }},
		"Excel, United States":         {"a.csv", strings.ReplaceAll(table(",", `"`), "\n", "\r\n"), nil},
		"Excel, Unicode text":          {"a.txt", utf16Of(table("\t", `"`), binary.LittleEndian, true), nil},
		"UTF-16, big endian":           {"a.csv", utf16Of(table(",", `"`), binary.BigEndian, true), nil},
		"CR alone":                     {"a.csv", strings.ReplaceAll(table(",", `"`), "\n", "\r"), nil},
		"unit separators":              {"a.csv", table("\x1f", `"`), nil},
		"Parquet":                      {"a.parquet", parquetFile(t, rows), nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := dressActivation()
			if strings.Contains(dress.file, "json") {
				a.Source.ContactID, a.Source.Status = "contactId", ""
			}
			if dress.change != nil {
				dress.change(&a.Source)
			}
			wearsTheSame(t, mustRead(t, a, dress.file, dress.content))
		})
	}
	t.Run("SQL", func(t *testing.T) {
		a := dressActivation()
		var values []string
		for _, m := range members {
			values = append(values, fmt.Sprintf("('%s','%s','%s','%s')", m.id, m.status, strings.ReplaceAll(m.first, "'", "''"), m.job))
		}
		a.Source.SQL, a.Source.Connection = "SELECT * FROM (VALUES "+strings.Join(values, ",")+") AS m (id, status, first, job)", "CRM"
		r, err := source.Open(t.Context(), a, source.Options{Now: time.Now(), DatabaseURL: database(t)})
		require.NoError(t, err)
		defer func() { require.NoError(t, r.Close()) }()
		records, err := drain(t, r)
		require.NoError(t, err)
		wearsTheSame(t, records)
	})
}

func dressActivation() audience.Activation {
	return audience.Activation{Audience: "vip", Namespace: "ups", Source: audience.Source{ContactID: "id", Status: "status"},
		Mapping: []audience.Mapping{{Source: "first", Target: "FirstName"}, {Source: "job", Target: "JobTitle"}}}
}

func wearsTheSame(t *testing.T, records []audience.Record) {
	t.Helper()
	require.Len(t, records, len(members))
	for i, m := range members {
		r := records[i]
		require.Equal(t, dressed{m.id, m.status, m.first, m.job}, dressed{r.Contact, string(r.Status), r.Values[0].Text, r.Values[1].Text}, r.Reason+r.Detail)
	}
}

// TestAStrayFileIsNamedOnce stops at a file that is none of the export, instead of excluding each
// of its lines.
func TestAStrayFileIsNamedOnce(t *testing.T) {
	for name, stray := range map[string]string{"words": "please\nread\nme\n", "mark": "\xef\xbb\xbf# notes\n", "numbers": "1\n2\n"} {
		folder := t.TempDir()
		for file, text := range map[string]string{"part-0.json": lines(xdmOf, "\n"), "part-1.json": "", "readme.json": stray} {
			require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600))
		}
		a := jsonActivation()
		a.Source.URL, a.Folder = folder, folder
		r, err := source.Open(t.Context(), a, source.Options{Now: now})
		require.NoError(t, err, name)
		records, err := drain(t, r)
		require.NoError(t, r.Close())
		require.Len(t, records, len(members), name)
		var stop *audience.SourceError
		require.ErrorAs(t, err, &stop, name)
		require.Equal(t, filepath.Join(folder, "readme.json"), stop.Source)
		require.Equal(t, 1, strings.Count(err.Error(), "readme.json"))
	}
}

// TestRecordsOfOneLine are told apart by their number.
func TestRecordsOfOneLine(t *testing.T) {
	for content, want := range map[string][]bool{
		"[" + lines(xdmOf, ",") + "]":              {true, true, true},
		`{"profiles":[` + lines(xdmOf, ",") + "]}": {true, true, true},
		"[\n" + lines(xdmOf, ",\n") + "]":          {false, false, false},
		lines(xdmOf, "\n"):                         {false, false, false},
	} {
		var got []bool
		for _, r := range mustRead(t, jsonActivation(), "a.json", content) {
			got = append(got, r.Listed)
		}
		require.Equal(t, want, got, content[:20])
	}
}

package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// TestOddTables are read as they are meant, or stop the run and say why.
func TestOddTables(t *testing.T) {
	a, b, c := csvLine(guidA), csvLine(guidB), csvLine(guidC)
	cr := func(text string) string { return strings.ReplaceAll(text, "\n", "\r") }
	for name, test := range map[string]struct {
		content string
		want    []string
		says    string // the error
	}{
		"a line end in a name":            {"id,status,time,first,\"com\nment\"\n" + guidA + ",realized,,Bo,x\n", []string{"9fd6@3"}, ""},
		"a line end behind a mapped name": {"id,status,time,\"first\n\"\n" + a, []string{"9fd6@3"}, ""},
		"names twice, not mapped":         {"id,status,time,first,x,x\n" + guidA + ",realized,,Bo,1,2\n", []string{"9fd6@2"}, ""},
		"a mapped name twice":             {"id,status,time,first,first\n" + guidA + ",realized,,Bo,2\n", nil, "column first (mapping.source) stands in the header twice"},
		"a separator behind all":          {"id,status,time,first,\n" + guidA + ",realized,,Bo,\n", []string{"9fd6@2"}, ""},
		"a separator behind rows":         {csvHeader + guidA + ",realized,,Bo,\n" + b, []string{"unreadable_record@2", "28c4@3"}, ""},
		"braces, capitals":                {csvHeader + "{" + strings.ToUpper(guidA) + "},realized,,Bo\n", []string{"9fd6@2"}, ""},
		"no dashes":                       {csvHeader + strings.ReplaceAll(guidA, "-", "") + ",realized,,Bo\n", []string{"invalid_contact_id@2"}, ""},
		"a number of Excel":               {csvHeader + "1.2E+10,realized,,Bo\n" + b, []string{"invalid_contact_id@2", "28c4@3"}, ""},
		"CR LF, then LF":                  {strings.ReplaceAll(csvHeader+a, "\n", "\r\n") + b, []string{"9fd6@2", "28c4@3"}, ""},
		"CR, then LF":                     {cr(csvHeader+a) + b + c, []string{"9fd6@2", "28c4@3", "7af1@4"}, ""},
		"LF, then CR":                     {csvHeader + a + cr(b) + c, nil, "line 3: lines end in CR alone from here on"},
		"CR behind the header":            {csvHeader + cr(a+b+c), nil, "line 2: lines end in CR alone from here on"},
		"CR inside quotes":                {csvHeader + guidA + ",realized,,\"Bo\rB\"\n" + b, []string{"9fd6@2", "28c4@3"}, ""},
		"NUL in a value":                  {csvHeader + guidA + ",realized,,B\x00o\n" + b, []string{"9fd6@2", "28c4@3"}, ""},
		"NUL in an id":                    {csvHeader + guidA + "\x00,realized,,Bo\n" + b, []string{"invalid_contact_id@2", "28c4@3"}, ""},
		"NUL alone":                       {strings.Repeat("\x00", 5000), nil, "nothing but NUL bytes"},
		"NUL behind the rows":             {csvHeader + a + strings.Repeat("\x00", 5000), nil, "it ends in the middle of a record"},
		"ten megabytes in a cell":         {csvHeader + guidA + ",realized,," + strings.Repeat("x", 10<<20) + "\n" + b, []string{"9fd6@2", "28c4@3"}, ""},
		"twenty megabytes in a cell":      {csvHeader + guidA + ",realized,," + strings.Repeat("x", 20<<20) + "\n" + b, []string{"unreadable_record@2", "28c4@3"}, ""},
		"no line end for long":            {strings.Repeat("x", 20<<20), nil, "the header cannot be read: longer than 16 MiB"},
		"UTF-32":                          {"\xff\xfe\x00\x00i\x00\x00\x00d\x00\x00\x00", nil, "the file is UTF-32"},
		"a formula":                       {csvHeader + guidA + ",realized,,=1+1\n", []string{"9fd6@2"}, ""},
		"packed twice":                    {packed(t, packed(t, csvHeader+a)), nil, "packed twice"},
		"a zip archive, packed":           {packed(t, "PK\x03\x04\x14\x00\x00\x00\x08\x00export.csv"), nil, "a zip archive"},
		"an empty zip archive":            {"PK\x05\x06" + strings.Repeat("\x00", 18), nil, "a zip archive"},
		"packed, and cut":                 {packed(t, csvHeader+a)[:30], nil, "ends too early or is damaged"},
		"packed, without its check sum":   {strings.TrimSuffix(packed(t, csvHeader+a), packed(t, csvHeader+a)[len(packed(t, csvHeader+a))-8:]), nil, "ends too early or is damaged"},
		"a pointer of Git LFS":            {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", nil, "git lfs pull"},
		"a picture":                       {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", nil, "a picture"},
		"an Arrow file":                   {"ARROW1\x00\x00", nil, "an Arrow file"},
	} {
		t.Run(name, func(t *testing.T) {
			records, err := read(t, csvActivation(), "a.csv", test.content)
			if test.says == "" {
				require.NoError(t, err)
				require.Equal(t, test.want, short(records))
				return
			}
			var refused *audience.SourceError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, err.Error(), test.says)
			require.False(t, refused.Temporary(), "another attempt is of no use")
		})
	}
}

// TestOddJSON is read as it is meant, or stops the run and says why.
func TestOddJSON(t *testing.T) {
	a, b, c := member(guidA), member(guidB), member(guidC)
	mark := "\xef\xbb\xbf"
	for name, test := range map[string]struct {
		content string
		want    []string
		says    string
	}{
		"a list among lines":      {a + "\n[" + b + "]\n" + c, []string{"9fd6@1", "28c4@2", "7af1@3"}, ""},
		"joined files with marks": {mark + a + "\n" + mark + b + "\n" + mark + "[" + c + "]", []string{"9fd6@1", "28c4@2", "7af1@3"}, ""},
		"commas behind lines":     {a + ",\n" + b + " ,\r\n" + c, []string{"9fd6@1", "28c4@2", "7af1@3"}, ""},
		"a comma behind the last": {a + ",\n" + b + ",", []string{"9fd6@1", "28c4@2"}, ""},
		"two commas":              {a + ",,\n" + b + "\n", []string{"unreadable_record@1", "28c4@2"}, ""},
		"a comma within a line":   {a + "," + b + "\n" + c, []string{"unreadable_record@1", "7af1@2"}, ""},
		"a comma alone":           {a + "\n,\n" + c, []string{"9fd6@1", "unreadable_record@2", "7af1@3"}, ""},
		"no JSON at the end":      {a + "\n{'contactId': 1}", nil, "or with one that is no JSON"},
		"keys twice":              {strings.Replace(a, "{", `{"segmentMembership":{},`, 1), []string{"9fd6@1"}, ""},
		"plain values":            {a + "\n1\n\"x\"\nnull\n" + b, []string{"9fd6@1", "unreadable_record@2", "unreadable_record@3", "unreadable_record@4", "28c4@5"}, ""},
		"NUL between":             {a + "\n\x00\n" + b, []string{"9fd6@1", "unreadable_record@2", "28c4@3"}, ""},
		"text behind":             {"[" + a + "]\nrows: 1\n", []string{"9fd6@1", "unreadable_record@2"}, ""},
		"a number as id":          {`{"contactId":1e3,"segmentMembership":{"ups":{"vip":{"status":"realized"}}}}`, []string{"invalid_contact_id@1"}, ""},
		"a table":                 {csvHeader + csvLine(guidA), nil, "none of its lines is JSON; where it is a table, say source.format: csv"},
		"one line of text":        {"no profile today\n", nil, "none of its lines is JSON"},
		"nothing":                 {"", nil, ""},
		"an empty list":           {"[]", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			records, err := read(t, jsonActivation(), "a.ndjson", test.content)
			if test.says == "" {
				require.NoError(t, err)
				require.Equal(t, test.want, short(records))
				return
			}
			require.ErrorContains(t, err, test.says)
		})
	}
}

// TestAFolderAsPeopleKeepIt holds what Windows, macOS and Office leave there.
func TestAFolderAsPeopleKeepIt(t *testing.T) {
	folder := tree(t, map[string]string{
		"a.csv": csvHeader + csvLine(guidA), "B.csv": "\xef\xbb\xbf" + csvHeader + csvLine(guidB), "more/c.csv": csvHeader + csvLine(guidC),
		"._a.csv": "\x00\x05\x16\x07", ".DS_Store": "\x00\x00\x00\x01Bud1", "desktop.ini": "[.ShellClassInfo]\r\n", "Thumbs.db": "\xd0\xcf\x11\xe0",
		"~$a.csv": "\x05Ann  ", "more/Desktop.ini": "[x]", ".hidden/d.csv": "x", "_temporary/e.csv": "x",
	})
	r, err := openAt(t, csvActivation(), folder)
	require.NoError(t, err)
	require.Equal(t, "28c4@2 9fd6@2 7af1@2", contacts(t, r))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "z.csv"), nil, 0o600))
	r, err = openAt(t, csvActivation(), folder)
	require.NoError(t, err)
	_, err = drain(t, r)
	require.ErrorContains(t, err, "z.csv: the file is empty", "an upload that has only begun")
}

// TestALongRecordEndsWithItsContext: a few kilobytes of a packed file may be gigabytes, in which no
// record ends.
func TestALongRecordEndsWithItsContext(t *testing.T) {
	var file bytes.Buffer
	w, err := gzip.NewWriterLevel(&file, gzip.HuffmanOnly) // an eighth of the text, so that it is not read at once
	require.NoError(t, err)
	_, err = w.Write([]byte(csvHeader + csvLine(guidA) + strings.Repeat("x", 8<<20)))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	a := csvActivation()
	a.Source.URL = write(t, "a.csv.gz", file.String())
	a.Folder = filepath.Dir(a.Source.URL)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := source.Open(ctx, a, source.Options{Now: now})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	_, err = r.Next()
	require.NoError(t, err)
	cancel()
	_, err = r.Next()
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, r.BytesRead(), r.Size(), "nobody waits for the rest")
}

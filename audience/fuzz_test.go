package audience_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"audienceflow/audience"
)

func FuzzActivationFile(f *testing.F) {
	for _, seed := range []string{smallest, "", "audiences: [{audience: a}]\n" + smallest, "a: &a [*a]\n", "? [a]\n: {b: c}\n", "mapping:\n- {source: a.b[0], target: b}\n",
		"source:\n  url: s3://u:p@h/?sig=a\nguard: {maxExitShare: 1e-1}\nstatuses: {realized: a, exited: b}\n", "%TAG ! a\n--- !x\n", "a: |\n b\n...\n---\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		got, err := audience.ParseFile([]byte(content), "f.yaml")
		var wrong *audience.FileError
		if err != nil {
			require.ErrorAs(t, err, &wrong)
			require.NotEmpty(t, wrong.Problems)
			return
		}
		require.NotEmpty(t, got)
		for _, a := range got {
			require.NotEmpty(t, a.Destination)
			require.NotEmpty(t, a.Audience)
			require.NotEmpty(t, a.MappingID)
			require.NotEqual(t, a.Statuses.Realized, a.Statuses.Exited)
		}
	})
}

// checkRecords checks what must hold of whatever is read.
func checkRecords(t *testing.T, records []audience.Record, err error) {
	t.Helper()
	var stop *audience.SourceError
	require.True(t, err == nil || errors.As(err, &stop), "%v", err)
	line := int64(1)
	for _, r := range records {
		require.GreaterOrEqual(t, r.Line, line)
		line = r.Line
		require.Equal(t, r.Kind == audience.RecordExcluded, r.Reason != "")
		if r.Kind != audience.RecordRow {
			continue
		}
		id, ok := audience.NormalizeContactID(r.Contact)
		require.True(t, ok && id == r.Contact)
		require.Len(t, r.Values, 1)
		for _, v := range r.Values {
			require.True(t, utf8.ValidString(v.Text) && !strings.Contains(v.Text, "\x00"))
			require.Equal(t, v.State == audience.ValueText, strings.TrimSpace(v.Text) != "")
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{member(guidA), pretty(guidA), "[" + member(guidA) + "," + member(guidB) + "]", member(guidA) + "\n{\"x\n" + member(guidB),
		`{"audienceId":"vip","profiles":[{"identityMap":{"contactId":["` + guidA + `"]},"status":"active"}]}`, `{"profiles":[]}[[]]{`, "\xef\xbb\xbf{}", `{"flowRunId":1,"exportResults":2}`,
		`{"segmentMembership":{"ups":{"vip":"exited"}},"identityMap":{"contactId":{"id":"` + guidA + `"}},"person":{"name":{"firstName":"\ud800"}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		records, err := read(t, jsonActivation(), "f.json", content)
		checkRecords(t, records, err)
		d, err := audience.DecodeProfiles(t.Context(), strings.NewReader(content), []audience.Activation{jsonActivation()}, audience.DecodeOptions{Now: now})
		var refused *audience.BodyError
		require.True(t, err == nil || errors.As(err, &refused))
		require.Equal(t, d.Received, d.Ignored+int64(len(d.Records)+len(d.Unreadable)))
	})
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{csvHeader + csvLine(guidA), "\xef\xbb\xbf" + csvHeader + "\"" + guidA + "\",active,1,\"a\nb\"\"\"\r\n", csvHeader + "\"", "id;status;time;first\r\n;;;\n", "\"id\",status,time,first\n,\"\",,\"\"x\n\n,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		records, err := read(t, csvActivation(), "f.csv", content)
		checkRecords(t, records, err)
	})
}

// FuzzParquet reads any bytes as a Parquet file: its footer, pages and values.
func FuzzParquet(f *testing.F) {
	whole := parquetFile(f, parquetProfiles())
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Add([]byte("PAR1" + whole[len(whole)-200:]))
	f.Add([]byte("PAR1\xff\xff\xff\x7fPAR1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		records, err := read(t, jsonActivation(), "f.parquet", string(content))
		checkRecords(t, records, err)
	})
}

// FuzzPacked reads any bytes as a file of unknown format, packed or not, in any encoding.
func FuzzPacked(f *testing.F) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(member(guidA) + "\n" + member(guidB)))
	require.NoError(f, err)
	require.NoError(f, w.Close())
	packer, err := zstd.NewWriter(nil)
	require.NoError(f, err)
	for _, seed := range [][]byte{
		zipped.Bytes(), zipped.Bytes()[:zipped.Len()/2], append(zipped.Bytes(), zipped.Bytes()...), packer.EncodeAll([]byte(csvHeader+csvLine(guidA)), nil),
		[]byte("\xff\xfe{\x00}\x00"), []byte("\xfe\xff\x00{\xd8"), {0x1f, 0x8b, 8, 4}, {0x28, 0xb5, 0x2f, 0xfd, 0xff},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		a := jsonActivation()
		a.Source.Format = ""
		records, err := read(t, a, "f", string(content))
		checkRecords(t, records, err)
	})
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{someTime, "2021-03-10 10:03:08", "2021-03-10T10:03:08.123456789+0530", "1615370588", "-1e11", "1615370588000.5", "9999-12-31T23:59:60-23:59", "0001-01-01T00:00:00+23:59"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := audience.ParseTime(text)
		require.Equal(t, !ok, got.Equal(time.Time{}) && !ok)
		if !ok {
			return
		}
		again, ok := audience.ParseTime(got.Format(time.RFC3339Nano))
		if got.Year() >= 1 && got.Year() <= 9999 {
			require.True(t, ok)
			require.Equal(t, got, again)
		}
		if want, err := time.Parse(time.RFC3339, text); err == nil {
			require.True(t, got.Equal(want.Truncate(time.Microsecond)), text)
		}
	})
}

func FuzzContactID(f *testing.F) {
	for _, seed := range []string{guidA, "{" + guidA + "}", guidA + "@a.Dynamics", "", "{}", "@.dynamics", "İ@x.dynamics"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		id, ok := audience.NormalizeContactID(raw)
		if ok {
			require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, id)
			again, stillOK := audience.NormalizeContactID(id)
			require.True(t, stillOK && again == id)
		}
	})
}

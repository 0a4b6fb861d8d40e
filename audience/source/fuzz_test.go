package source_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

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
		d, err := source.DecodeProfiles(t.Context(), strings.NewReader(content), []audience.Activation{jsonActivation()}, source.DecodeOptions{Now: now})
		var refused *source.BodyError
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

package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// tree writes files below a new folder, by their relative paths.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return folder
}

func openAt(t *testing.T, a audience.Activation, url string) (*source.Reader, error) {
	t.Helper()
	a.Source.URL, a.Folder = url, os.TempDir()
	r, err := source.Open(t.Context(), a, source.Options{Now: now})
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

func contacts(t *testing.T, r *source.Reader) string {
	t.Helper()
	records, err := drain(t, r)
	require.NoError(t, err)
	return strings.Join(short(records), " ")
}

func TestSeveralFiles(t *testing.T) {
	folder := tree(t, map[string]string{
		"b.ndjson": member(guidB) + "\n", "a.ndjson.gz": gzipped(t, member(guidA)), "deep/c.json": "[" + member(guidC) + "]",
		"_SUCCESS": "x", ".a.crc": "x", "b.ndjson.crc": "x", "_temporary/d.json": "x",
	})
	for url, want := range map[string]string{
		folder:                      "9fd6@1 28c4@1 7af1@1",
		folder + "/*.ndjson*":       "x",
		folder + "/?.ndjson":        "28c4@1",
		folder + "/[ab].ndjson*":    "x",
		folder + "/d*":              "7af1@1",
		folder + "/a.ndjson.gz":     "9fd6@1",
		folder + "/deep/../deep/c*": "7af1@1",
	} {
		r, err := openAt(t, jsonActivation(), url)
		require.NoError(t, err, url)
		if want == "x" {
			records, err := drain(t, r)
			require.Error(t, err, "b.ndjson.crc is no JSON when asked for")
			require.Len(t, records, 2)
			continue
		}
		require.Equal(t, want, contacts(t, r), url)
		require.Equal(t, r.Size(), r.BytesRead())
	}
	for _, url := range []string{folder + "/*.csv", t.TempDir()} {
		_, err := openAt(t, jsonActivation(), url)
		require.ErrorContains(t, err, "no files", url)
	}
}

func TestSeveralFilesArePinnedTogether(t *testing.T) {
	folder := tree(t, map[string]string{"a.ndjson": member(guidA) + "\n", "b.ndjson": member(guidB) + "\n"})
	r, err := openAt(t, jsonActivation(), folder)
	require.NoError(t, err)
	again, err := openAt(t, jsonActivation(), folder)
	require.NoError(t, err)
	require.Equal(t, r.Identity(), again.Identity())
	require.NoError(t, os.WriteFile(filepath.Join(folder, "c.ndjson"), []byte(member(guidC)), 0o600))
	_, err = drain(t, r)
	var changed *audience.SourceError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, audience.CauseChanged, changed.Cause)
}

func TestCSVPartsHaveTheirOwnHeaders(t *testing.T) {
	folder := tree(t, map[string]string{
		"1.csv": csvHeader + csvLine(guidA), "2.csv": "first,time,status,id\nAda,,exited," + guidB + "\n", "3.csv": csvHeader,
	})
	r, err := openAt(t, csvActivation(), folder)
	require.NoError(t, err)
	require.Equal(t, "9fd6@2 28c4@2", contacts(t, r))

	require.NoError(t, os.WriteFile(filepath.Join(folder, "2.csv"), []byte("id,other\n"), 0o600))
	r, err = openAt(t, csvActivation(), folder)
	require.NoError(t, err)
	_, err = drain(t, r)
	require.ErrorContains(t, err, filepath.Join(folder, "2.csv")+": column ")
}

func TestExportFoldersDateTheirRows(t *testing.T) {
	plain := csvActivation()
	plain.Source.LastQualificationTime = ""
	folder := tree(t, map[string]string{
		"exportTime=20260102T0304/part-00000.csv": csvHeader + csvLine(guidA), "exportTime=202601030405/part-00000.csv": csvHeader + csvLine(guidA),
	})
	r, err := openAt(t, plain, folder)
	require.NoError(t, err)
	require.Equal(t, at("2026-01-03T04:05:00Z"), r.AsOf())
	records, err := drain(t, r)
	require.NoError(t, err)
	require.Equal(t, []time.Time{at("2026-01-02T03:04:00Z"), at("2026-01-03T04:05:00Z")}, []time.Time{records[0].Time, records[1].Time})

	r, err = openAt(t, plain, folder+"/exportTime=20260102T0304/part-00000.csv")
	require.NoError(t, err)
	require.Equal(t, at("2026-01-02T03:04:00Z"), r.AsOf())
}

func manifestOf(names ...string) string {
	var parts []string
	for _, n := range names {
		name, size, _ := strings.Cut(n, "=")
		parts = append(parts, fmt.Sprintf(`{"sinkPath":"/x","name":%q,"size":%s}`, name, size))
	}
	return `{"flowRunId":"0ac8","scheduledTime":"2026-02-03T01:00:00Z","exportResults":[` + strings.Join(parts, ",") + `]}`
}

func TestManifest(t *testing.T) {
	a, b := csvHeader+csvLine(guidA), csvHeader+csvLine(guidB)
	size := fmt.Sprint(len(a))
	whole := map[string]string{"a.csv": a, "b.csv": b, "manifest-1.json": manifestOf("a.csv="+size, "b.csv="+size)}
	folder := tree(t, whole)
	for url, want := range map[string]string{folder: "9fd6@2 28c4@2", folder + "/*.csv": "9fd6@2 28c4@2", folder + "/a.csv": "9fd6@2"} {
		r, err := openAt(t, csvActivation(), url)
		require.NoError(t, err, url)
		require.Equal(t, at("2026-02-03T01:00:00Z"), r.AsOf(), url)
		require.Equal(t, want, contacts(t, r), url)
	}
	for name, test := range map[string]struct{ manifest, url, want string }{
		"missing part":            {manifestOf("a.csv="+size, "c.csv="+size), "", "names a file that is not there (part 2 of 2)"},
		"missing part of pattern": {manifestOf("a.csv="+size, "c.csv="+size), "/*.csv", "names a file that is not there (part 2 of 2)"},
		"short part":              {manifestOf("a.csv=9999"), "", "a file has 9999 bytes, but it has " + size + " (part 1 of 1)"},
		"short part, single file": {manifestOf("a.csv=9999"), "/a.csv", "has 9999 bytes"},
		"another file's matter":   {manifestOf("a.csv=9999"), "/b.csv", ""},
		"no manifest":             {`{"x":1}`, "/*.csv", ""},
	} {
		whole["manifest-1.json"] = test.manifest
		_, err := openAt(t, csvActivation(), tree(t, whole)+test.url)
		if test.want == "" {
			require.NoError(t, err, name)
			continue
		}
		var stop *audience.SourceError
		require.ErrorAs(t, err, &stop, name)
		require.Equal(t, audience.CauseManifest, stop.Cause, name)
		require.Contains(t, err.Error(), test.want, name)
	}
}

func TestRootsHoldForEveryPart(t *testing.T) {
	outside := tree(t, map[string]string{"a.ndjson": member(guidA)})
	allowed := tree(t, map[string]string{"b.ndjson": member(guidB)})
	require.NoError(t, os.Symlink(outside+"/a.ndjson", allowed+"/a.ndjson"))
	for _, url := range []string{allowed, allowed + "/*.ndjson", outside + "/*", filepath.Dir(outside) + "/*/*.ndjson"} {
		a := jsonActivation()
		a.Source.URL = url
		_, err := source.Open(t.Context(), a, source.Options{Now: now, Roots: []string{allowed}})
		var forbidden *audience.SourceError
		require.ErrorAs(t, err, &forbidden, url)
		require.Equal(t, audience.CauseForbidden, forbidden.Cause, url)
	}
}

func TestZstd(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	var lines strings.Builder
	for range 3000 {
		lines.WriteString(member(guidA) + "\n")
	}
	packed := string(encoder.EncodeAll([]byte(lines.String()), nil))
	require.Len(t, mustRead(t, jsonActivation(), "a.ndjson.zst", packed), 3000)
	damaged := []byte(packed)
	damaged[len(damaged)-1] ^= 0xff
	for _, content := range []string{string(damaged), packed[:len(packed)-3], packed[:len(packed)/2], packed[:6], packed + "rubbish"} {
		_, err := read(t, jsonActivation(), "a.ndjson.zst", content)
		var cut *audience.SourceError
		require.ErrorAs(t, err, &cut)
		require.Equal(t, audience.CauseCut, cut.Cause, err)
	}
}

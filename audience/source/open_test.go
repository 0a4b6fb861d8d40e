package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return packed.String()
}

func TestGzipByContent(t *testing.T) {
	lines := member(guidA) + "\n" + member(guidB) + "\n"
	for _, name := range []string{"a.ndjson", "a.ndjson.gz", "a"} {
		require.Len(t, mustRead(t, jsonActivation(), name, gzipped(t, lines)), 2, name)
	}
	require.Len(t, mustRead(t, jsonActivation(), "two.gz", gzipped(t, lines)+gzipped(t, lines)), 4, "packed parts one behind another")
	require.Len(t, mustRead(t, csvActivation(), "a.gz", gzipped(t, csvHeader+csvLine(guidA))), 1)
}

func TestCutGzip(t *testing.T) {
	var lines strings.Builder
	for range 2000 {
		lines.WriteString(member(guidA) + "\n")
	}
	whole := gzipped(t, lines.String())
	damaged := []byte(whole)
	damaged[len(damaged)-6] ^= 0xff
	for name, content := range map[string]string{
		"half": whole[:len(whole)/2], "without its sum": whole[:len(whole)-4], "header alone": whole[:5],
		"damaged": string(damaged), "rubbish behind": whole + "rubbish",
	} {
		_, err := read(t, jsonActivation(), "a.ndjson.gz", content)
		var cut *audience.SourceError
		require.ErrorAs(t, err, &cut, name)
		require.Equal(t, audience.CauseCut, cut.Cause, name)
		require.False(t, cut.Temporary())
	}
}

func TestFormatIsDetected(t *testing.T) {
	json, csv := member(guidA), csvHeader+csvLine(guidA)
	both := csvActivation()
	both.Source.ConstantStatus, both.Source.Status, both.Source.LastQualificationTime = audience.Realized, "", ""
	for name, test := range map[string]struct {
		a       audience.Activation
		content string
	}{
		"plain": {jsonActivation(), "\n\n " + json}, "list.txt": {jsonActivation(), "[" + json + "]"},
		"table": {csvActivation(), csv}, "table.txt": {csvActivation(), csv},
		"odd.csv": {both, "id,first\n" + guidA + ",{\n"},
	} {
		require.Equal(t, "9fd6", short(mustRead(t, test.a, name, test.content))[0][:4], name)
	}
	a := csvActivation()
	a.Source.Format = audience.FormatCSV
	require.Len(t, mustRead(t, a, "named.json", csv), 1, "a given format wins over the name")
}

func TestPinned(t *testing.T) {
	a := jsonActivation()
	a.Source.URL = write(t, "a.ndjson", member(guidA)+"\n")
	a.Folder = filepath.Dir(a.Source.URL)
	modified := time.Date(2026, 5, 4, 3, 2, 1, 123456789, time.UTC)
	require.NoError(t, os.Chtimes(a.Source.URL, modified, modified))
	pin := func() (*source.Reader, string) {
		r, err := source.Open(t.Context(), a, source.Options{Now: now})
		require.NoError(t, err)
		return r, r.Identity()
	}
	r, first := pin()
	require.Equal(t, modified.Truncate(time.Microsecond), r.AsOf())
	require.Equal(t, int64(len(member(guidA))+1), r.Size())
	_, err := drain(t, r)
	require.NoError(t, err)
	require.Equal(t, r.Size(), r.BytesRead())
	require.NoError(t, r.Close())

	r, again := pin()
	require.Equal(t, first, again)
	require.NoError(t, os.WriteFile(a.Source.URL, []byte(member(guidB)+"\n"+member(guidA)[:20]), 0o600))
	_, err = drain(t, r)
	var changed *audience.SourceError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, audience.CauseChanged, changed.Cause, "a change is told before what it broke")
	_, later := r.Next()
	require.Equal(t, err, later)
	require.NoError(t, r.Close())
	r, last := pin()
	require.NotEqual(t, first, last)
	require.NoError(t, r.Close())
}

func TestUnseenSources(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	a := jsonActivation()
	for _, path := range []string{t.TempDir() + "/no/such/place.ndjson", t.TempDir() + "/missing.csv"} {
		a.Folder = filepath.Dir(filepath.Dir(filepath.Dir(path)))
		a.Source.URL = path
		_, err = source.Open(t.Context(), a, source.Options{})
		var missing *audience.SourceError
		require.ErrorAs(t, err, &missing)
		require.Equal(t, audience.CauseMissing, missing.Cause)
		require.Contains(t, err.Error(), host)
		require.Contains(t, err.Error(), path)
	}
	a.Source = audience.Source{Stream: true}
	_, err = source.Open(t.Context(), a, source.Options{})
	require.ErrorContains(t, err, "stream")
}

func TestRoots(t *testing.T) {
	allowed, outside := t.TempDir(), t.TempDir()
	for _, folder := range []string{allowed, outside} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "a.ndjson"), []byte(member(guidA)), 0o600))
	}
	require.NoError(t, os.Symlink(filepath.Join(outside, "a.ndjson"), filepath.Join(allowed, "link.ndjson")))
	try := func(path string) error {
		a := jsonActivation()
		a.Source.URL = path
		r, err := source.Open(t.Context(), a, source.Options{Roots: []string{allowed}})
		if err == nil {
			require.NoError(t, r.Close())
		}
		return err
	}
	require.NoError(t, try(filepath.Join(allowed, "a.ndjson")))
	a := jsonActivation()
	a.Source.URL = filepath.Join(allowed, "a.ndjson")
	t.Chdir(filepath.Dir(allowed))
	r, err := source.Open(t.Context(), a, source.Options{Roots: []string{filepath.Base(allowed)}})
	require.NoError(t, err, "a root may be relative to the working folder")
	require.NoError(t, r.Close())
	for _, path := range []string{filepath.Join(outside, "a.ndjson"), allowed + "/../" + filepath.Base(outside) + "/a.ndjson",
		filepath.Join(allowed, "link.ndjson"), allowed + "x/a.ndjson", "a.ndjson"} {
		err := try(path)
		var forbidden *audience.SourceError
		require.ErrorAs(t, err, &forbidden, path)
		require.Equal(t, audience.CauseForbidden, forbidden.Cause)
		require.Contains(t, err.Error(), allowed)
	}
}

func TestCancelledReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := jsonActivation()
	a.Source.URL = write(t, "a.ndjson", member(guidA))
	a.Folder = filepath.Dir(a.Source.URL)
	r, err := source.Open(ctx, a, source.Options{})
	require.NoError(t, err)
	cancel()
	_, err = r.Next()
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, r.Close())
}

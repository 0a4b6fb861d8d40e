package source_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"audienceflow/audience"
	"audienceflow/audience/buckets"
	"audienceflow/audience/files"
	"audienceflow/audience/source"
)

// memoryBucket holds objects by key.
func memoryBucket(t *testing.T, objects map[string]string) *blob.Bucket {
	t.Helper()
	b := memblob.OpenBucket(nil)
	for key, content := range objects {
		require.NoError(t, b.WriteAll(t.Context(), key, []byte(content), nil))
	}
	return b
}

// lastingBucket is one that outlives the readers which close it.
type lastingBucket struct{ files.Bucket }

func (lastingBucket) Close() error { return nil }

func openIn(t *testing.T, open *blob.Bucket, key string) (*source.Reader, error) {
	t.Helper()
	files.RegisterBuckets(func(context.Context, string) (files.Bucket, error) { return lastingBucket{buckets.Of(open)}, nil })
	a := audience.Activation{Audience: "vip", Namespace: "ups", Source: audience.Source{URL: "s3://b/" + key, ContactID: "id", Status: "st"}}
	r, err := source.Open(t.Context(), a, source.Options{})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r, nil
}

// ids reads a source and gives the first letters of its contacts.
func ids(t *testing.T, r *source.Reader) (string, error) {
	t.Helper()
	var out []string
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " "), nil
		}
		if err != nil {
			return strings.Join(out, " "), err
		}
		require.Equal(t, audience.RecordRow, record.Kind)
		out = append(out, record.Contact[:2])
	}
}

func csvOf(first string) string {
	return "id,st\n" + first + "d6e0b5-49d6-46ca-af6c-7689f2d11ea3,realized\n"
}

func TestBucket(t *testing.T) {
	b := memoryBucket(t, map[string]string{
		"one.csv": csvOf("aa"), "all/exportTime=20260102T0304/part-0.csv": csvOf("bb"), "all/exportTime=20260102T0304/part-1.csv": csvOf("cc"),
		"all/exportTime=20260102T0304/_SUCCESS": "", "all/_temporary/x.csv": "x", "allother.csv": csvOf("dd"),
		"lines": `{"id":"eed6e0b5-49d6-46ca-af6c-7689f2d11ea3","st":"active"}`,
	})
	for key, want := range map[string]string{"one.csv": "aa", "all": "bb cc", "all/*/part-1.csv": "cc", "*.csv": "dd aa", "lines": "ee"} {
		r, err := openIn(t, b, key)
		require.NoError(t, err, key)
		got, err := ids(t, r)
		require.NoError(t, err, key)
		require.Equal(t, want, got, key)
		require.Equal(t, r.Size(), r.BytesRead())
	}
	r, err := openIn(t, b, "all")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), r.AsOf())

	for _, key := range []string{"missing.csv", "al", "x/*.csv"} {
		_, err := openIn(t, b, key)
		var missing *audience.SourceError
		require.ErrorAs(t, err, &missing, key)
		require.Equal(t, audience.CauseMissing, missing.Cause, key)
	}
}

func TestBucketIsPinned(t *testing.T) {
	for _, key := range []string{"all/a.csv", "all"} {
		b := memoryBucket(t, map[string]string{"all/a.csv": csvOf("aa")})
		r, err := openIn(t, b, key)
		require.NoError(t, err)
		again, err := openIn(t, b, key)
		require.NoError(t, err)
		require.Equal(t, r.Identity(), again.Identity())
		require.Equal(t, key == "all/a.csv", strings.Contains(r.Identity(), "etag="), r.Identity())
		require.NoError(t, b.WriteAll(t.Context(), "all/a.csv", []byte(csvOf("ab")), nil))
		_, err = ids(t, r)
		var changed *audience.SourceError
		require.ErrorAs(t, err, &changed, key)
		require.Equal(t, audience.CauseChanged, changed.Cause, key)
	}
}

func TestManifestInBucket(t *testing.T) {
	manifest := func(name, size string) string {
		return `{"flowRunId":"x","scheduledTime":"2026-02-03T01:00:00Z","exportResults":[{"name":"` + name + `","size":` + size + `}]}`
	}
	for _, key := range []string{"all", "all/*.csv", "all/a.csv"} {
		r, err := openIn(t, memoryBucket(t, map[string]string{"all/a.csv": csvOf("aa"), "all/manifest-1.json": manifest("a.csv", "52")}), key)
		require.NoError(t, err, key)
		require.Equal(t, time.Date(2026, 2, 3, 1, 0, 0, 0, time.UTC), r.AsOf(), key)
		got, err := ids(t, r)
		require.NoError(t, err, key)
		require.Equal(t, "aa", got, key)

		_, err = openIn(t, memoryBucket(t, map[string]string{"all/a.csv": csvOf("aa"), "all/manifest-1.json": manifest("a.csv", "53")}), key)
		require.ErrorContains(t, err, "has 53 bytes, but it has 52", key)
	}
	_, err := openIn(t, memoryBucket(t, map[string]string{"all/a.csv": csvOf("aa"), "all/manifest-1.json": manifest("b.csv", "1")}), "all")
	require.ErrorContains(t, err, "names a file that is not there (part 1 of 1)")
	var e *audience.SourceError
	require.ErrorAs(t, err, &e)
	require.Equal(t, "the file is b.csv", e.Detail)
}

func TestBucketWithoutDriver(t *testing.T) {
	_, err := source.Open(t.Context(), audience.Activation{Source: audience.Source{URL: "nosuch://bucket/a.csv?key=hunter2"}}, source.Options{})
	var refused *audience.SourceError
	require.ErrorAs(t, err, &refused)
	require.NotContains(t, err.Error(), "hunter2")
}

// TestParquetFromBucket reads a stream that cannot be read at any place.
func TestParquetFromBucket(t *testing.T) {
	_, err := openIn(t, memoryBucket(t, map[string]string{"a.parquet": "PAR1 but no more"}), "a.parquet")
	require.ErrorContains(t, err, "s3://b/a.parquet: the Parquet file is cut or damaged")
}

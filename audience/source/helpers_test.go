package source_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

const (
	guidA = "9fd6e0b5-49d6-46ca-af6c-7689f2d11ea3"
	guidB = "28c42f16-2a1c-4b1d-9019-22cea3dd6109"
	guidC = "7af1995f-1815-41f6-9d0a-5a275df9037d"
)

// now is when every test reads.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

// jsonActivation reads audience "vip" with one mapped value.
func jsonActivation() audience.Activation {
	return audience.Activation{Audience: "vip", Namespace: "ups",
		Source:  audience.Source{ContactID: "contactId", Format: audience.FormatAuto},
		Mapping: []audience.Mapping{{Source: "person.name.firstName", Target: "FirstName"}}}
}

func csvActivation() audience.Activation {
	return audience.Activation{Audience: "vip", Namespace: "ups",
		Source:  audience.Source{ContactID: "id", Status: "status", LastQualificationTime: "time", Format: audience.FormatAuto},
		Mapping: []audience.Mapping{{Source: "first", Target: "FirstName"}}}
}

// write makes a file of that name and gives its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// open opens content as a file of that name.
func open(t *testing.T, a audience.Activation, name, content string) (*source.Reader, error) {
	t.Helper()
	return openWith(t, a, source.Options{Now: now}, name, content)
}

func openWith(t *testing.T, a audience.Activation, o source.Options, name, content string) (*source.Reader, error) {
	t.Helper()
	a.Source.URL = write(t, name, content)
	a.Folder = filepath.Dir(a.Source.URL)
	r, err := source.Open(t.Context(), a, o)
	if err == nil {
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	return r, err
}

// read reads content to its end, and checks what was seen of it on the way.
func read(t *testing.T, a audience.Activation, name, content string) ([]audience.Record, error) {
	t.Helper()
	seen := &source.Seen{}
	r, err := openWith(t, a, source.Options{Now: now, Seen: seen}, name, content)
	if err != nil {
		return nil, err
	}
	records, err := drain(t, r)
	checkSeen(t, a, seen, records)
	return records, err
}

func drain(t *testing.T, r *source.Reader) ([]audience.Record, error) {
	t.Helper()
	var records []audience.Record
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		require.Equal(t, int64(len(records)+1), record.Position)
		records = append(records, record)
	}
}

// mustRead reads content that must be clean.
func mustRead(t *testing.T, a audience.Activation, name, content string) []audience.Record {
	t.Helper()
	records, err := read(t, a, name, content)
	require.NoError(t, err)
	return records
}

// one reads content that holds one record.
func one(t *testing.T, a audience.Activation, name, content string) audience.Record {
	t.Helper()
	records := mustRead(t, a, name, content)
	require.Len(t, records, 1)
	return records[0]
}

// short tells of each record its line and what became of it.
func short(records []audience.Record) []string {
	var out []string
	for _, r := range records {
		what := r.Reason
		switch r.Kind {
		case audience.RecordIgnored:
			what = "ignored"
		case audience.RecordRow:
			what = r.Contact[:4]
		}
		out = append(out, fmt.Sprintf("%s@%d", what, r.Line))
	}
	return out
}

package source_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// benchRecords is enough for a second of reading.
const benchRecords = 100_000

func BenchmarkReadCSV(b *testing.B) {
	var file bytes.Buffer
	file.WriteString("contactId,status,lastQualificationTime,firstName,lastName,email,birthdate\r\n")
	for i := range benchRecords {
		fmt.Fprintf(&file, "%08x-46d6-46ca-af6c-7689f2d11ea3,realized,2026-07-06T07:25:36.000+0000,Anne-Marie,%s,a%d@example.org,1962-03-08\r\n",
			i, []string{"Jensen", `"López, Jr."`, "van der Berg"}[i%3], i)
	}
	benchmarkRead(b, file.Bytes(), "bench.csv", audience.Activation{
		Namespace: "ups", Audience: "vip",
		Source:  audience.Source{ContactID: "contactId", Status: "status", LastQualificationTime: "lastQualificationTime"},
		Mapping: []audience.Mapping{{Source: "firstName"}, {Source: "lastName"}, {Source: "email"}, {Source: "birthdate"}},
	})
}

func BenchmarkReadNDJSON(b *testing.B) {
	var file bytes.Buffer
	for i := range benchRecords {
		fmt.Fprintf(&file, `{"person": {"name": {"firstName": "Nguyễn", "lastName": "van der Berg"}, "birthDate": "1962-03-08"}, `+
			`"personalEmail": {"address": "a%d@example.org"}, "segmentMembership": {"UPS": {"vip": `+
			`{"lastQualificationTime": "2026-07-06 07:25:36", "status": "exited"}}}, "identityMap": {"ECID": [{"id": "53876813737716659433254568106756781329"}], `+
			`"contactId": [{"id": "%08x-46d6-46ca-af6c-7689f2d11ea3"}]}}`+"\n", i, i)
	}
	benchmarkRead(b, file.Bytes(), "bench.ndjson", audience.Activation{
		Namespace: "ups", Audience: "vip",
		Source: audience.Source{ContactID: "contactId"},
		Mapping: []audience.Mapping{{Source: "person.name.firstName"}, {Source: "person.name.lastName"},
			{Source: "personalEmail.address"}, {Source: "person.birthDate"}},
	})
}

func benchmarkRead(b *testing.B, file []byte, name string, a audience.Activation) {
	a.Folder = b.TempDir()
	a.Source.URL = filepath.Join(a.Folder, name)
	if err := os.WriteFile(a.Source.URL, file, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := source.Open(b.Context(), a, source.Options{})
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		for {
			record, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || record.Kind != audience.RecordRow {
				b.Fatal(err, record.Reason)
			}
			rows++
		}
		if err := r.Close(); err != nil || rows != benchRecords {
			b.Fatal(err, rows)
		}
	}
	b.ReportMetric(float64(benchRecords)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

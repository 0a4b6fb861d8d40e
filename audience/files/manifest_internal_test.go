package files

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		`{"flowRunId":"1","scheduledTime":"2026-01-02T03:04:05Z","exportResults":[{"sizeOfRecords":1,"name":"a/part.csv","size":12}]}`,
		`{"flowRunId":1,"exportResults":[]}`, `{"flowRunId":{},"exportResults":{"name":"/"}}`, `[]`, `{"exportResults":[{"name":"..","size":-1}],"flowRunId":""}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := readManifest("folder/manifest.json", data)
		if !ok {
			return
		}
		for _, p := range m.parts {
			require.NotContains(t, p.name, "/")
			require.True(t, m.names(p.name))
		}
		l := Listing{Parts: []Part{{Name: "folder/x.csv", Size: 1}}}
		if err := l.checkManifests([]manifest{m}, func(string) bool { return true }); err != nil {
			require.True(t, strings.Contains(err.Error(), "manifest"), err)
		}
	})
}

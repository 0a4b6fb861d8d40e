package source

import (
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/profile"
)

// endless gives the same text over and over.
type endless struct {
	text string
	left int
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = e.text
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestMemoryDoesNotGrow reads far more than the bound on the heap.
func TestMemoryDoesNotGrow(t *testing.T) {
	const bound = 24 << 20
	records := 300_000
	if testing.Short() {
		records = 100_000
	}
	const guid = "9fd6e0b5-49d6-46ca-af6c-7689f2d11ea3"
	a := audience.Activation{Audience: "vip", Namespace: "ups", Source: audience.Source{ContactID: "id", Status: "st"}, Mapping: []audience.Mapping{{Source: "a"}}}
	rows, err := newCSVSource(io.MultiReader(&endless{text: "id,st,a\n", left: 1}, &endless{text: guid + `,realized,"a value, rather long, of which nothing may be kept"` + "\n", left: records}),
		a, profile.Reading{Now: time.Now()})
	require.NoError(t, err)
	d, err := profile.NewDecoder(a, profile.Reading{Now: time.Now()})
	require.NoError(t, err)
	profile := `{"id":"` + guid + `","st":"active","a":"a value, rather long, of which nothing may be kept"}`
	for name, source := range map[string]recordSource{
		"csv":   rows,
		"lines": newJSONSource(&endless{text: profile + "\n", left: records}, d),
		"list":  newJSONSource(io.MultiReader(&endless{text: "[" + profile, left: 1}, &endless{text: "," + profile, left: records - 1}, &endless{text: "]", left: 1}), d),
	} {
		read, peak := 0, uint64(0)
		for ; ; read++ {
			record, err := source.next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
			require.Equal(t, audience.RecordRow, record.Kind)
			if read%50_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
		require.Equal(t, records, read, name)
		require.Less(t, peak, uint64(bound), name)
	}
}

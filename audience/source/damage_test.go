package source_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// damages are broken sources of about n bytes.
var damages = map[string]struct {
	name string
	of   func(n int) string
}{
	"unclosed quote":                {"a.csv", func(n int) string { return csvHeader + `x,"` + many(csvLine(guidA), n) }},
	"unclosed quote in each line":   {"a.csv", func(n int) string { return csvHeader + many(guidA+`,realized,,"Ada`+"\n", n) }},
	"unclosed quote before pairs":   {"a.csv", func(n int) string { return csvHeader + `x,"` + many(guidA+`,realized,"",x`+"\n", n) }},
	"unclosed quote at the end":     {"a.csv", func(n int) string { return csvHeader + many(csvLine(guidA), n) + `"` }},
	"quotes alone":                  {"a.csv", func(n int) string { return csvHeader + many(`"`, n) }},
	"one line":                      {"a.csv", func(n int) string { return csvHeader + many("y", n) }},
	"one line of many cells":        {"a.csv", func(n int) string { return csvHeader + many("yyyyyyy,", n) }},
	"CR alone":                      {"a.csv", func(n int) string { return strings.ReplaceAll(csvHeader+many(csvLine(guidA), n), "\n", "\r") }},
	"NUL":                           {"a.csv", func(n int) string { return csvHeader + many("\x00", n) }},
	"NUL in lines":                  {"a.csv", func(n int) string { return csvHeader + many("\x00,\x00\n", n) }},
	"long header":                   {"a.csv", func(n int) string { return "id," + many("y", n) + "\n" }},
	"header of many columns":        {"a.csv", func(n int) string { return "id" + many(",yyyyyyy", n) + "\n" }},
	"header that is not closed":     {"a.csv", func(n int) string { return `id,"` + many("yyyyyyy\n", n) }},
	"nested lists":                  {"a.json", func(n int) string { return many("[", n) }},
	"nested objects":                {"a.json", func(n int) string { return many(`{"a":`, n) }},
	"nested lists in lines":         {"a.json", func(n int) string { return many(strings.Repeat("[", 20_000)+"\n", n) }},
	"objects without end, in lines": {"a.json", func(n int) string { return many(`{"a":1`+"\n", n) }},
	"objects without end, in list":  {"a.json", func(n int) string { return "[" + many(`{"a":1,`+"\n", n) }},
	"list without end":              {"a.json", func(n int) string { return "[" + many(member(guidA)+",\n", n) }},
	"text without end":              {"a.json", func(n int) string { return `[{"a":"` + many("y", n) }},
	"text without end in each line": {"a.json", func(n int) string { return many(`{"a":"y`+"\n", n) }},
	"text without end in each":      {"a.json", func(n int) string { return "[" + many(`{"a":"y},`, n) }},
	"profiles in profiles":          {"a.json", func(n int) string { return many(`{"profiles":[`, n) }},
	"commas":                        {"a.json", func(n int) string { return "[" + many(",", n) }},
	"Parquet with a huge footer": {"a.parquet", func(n int) string {
		return "PAR1" + many("y", n) + string(binary.LittleEndian.AppendUint32(nil, 1<<31-1)) + "PAR1"
	}},
	"Parquet whose footer is noise": {"a.parquet", func(n int) string {
		return "PAR1" + many("\x1c\xff\x19", n) + string(binary.LittleEndian.AppendUint32(nil, uint32(n/2))) + "PAR1"
	}},
	"zeros, packed": {"a.csv.gz", func(n int) string { return packedOf(csvHeader + many("0", n)) }},
	"rows, packed":  {"a.csv.gz", func(n int) string { return packedOf(csvHeader + many(csvLine(guidA), n)) }},
}

func many(text string, n int) string { return strings.Repeat(text, n/len(text)) }

func packedOf(text string) string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text)) // memory takes everything
	_ = w.Close()
	return packed.String()
}

// TestDamageCostsNoMoreThanItsLength doubles each kind of damage: what is allocated for it may at
// most double too, and some. The sizes lie on both sides of the longest record; with -short they
// are small, and find only what grows by the square.
func TestDamageCostsNoMoreThanItsLength(t *testing.T) {
	size, fixed := 9<<20, uint64(64<<20) // the windows, which grow up to the longest record
	if testing.Short() {
		size, fixed = 256<<10, 24<<20
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			a := csvActivation()
			if strings.HasSuffix(damage.name, ".json") {
				a = jsonActivation()
			}
			a.Folder = t.TempDir()
			a.Source.URL = filepath.Join(a.Folder, damage.name)
			var small, large uint64
			for size, cost := range map[int]*uint64{size: &small, 2 * size: &large} {
				require.NoError(t, os.WriteFile(a.Source.URL, []byte(damage.of(size)), 0o600))
				*cost = costOf(t, a)
			}
			require.Less(t, large, 3*small+fixed)
			if strings.HasSuffix(damage.name, ".parquet") {
				require.Less(t, large, fixed, "nothing is taken for what a footer claims")
			}
		})
	}
}

// costOf is how many bytes are allocated for reading a source to its end or failure.
func costOf(t *testing.T, a audience.Activation) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := source.Open(t.Context(), a, source.Options{Now: now})
	if err == nil {
		for err == nil {
			_, err = r.Next()
		}
		require.NoError(t, r.Close())
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

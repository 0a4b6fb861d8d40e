package source_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/runs"
)

// checkSeen checks what must hold of what was seen of any source, by the records that it gave.
func checkSeen(t *testing.T, a audience.Activation, seen *source.Seen, records []audience.Record) {
	t.Helper()
	var readable, members int64
	for _, r := range records {
		if r.Reason == runs.ReasonUnreadable {
			continue
		}
		readable++
		if r.Kind != audience.RecordIgnored {
			members++
		}
	}
	require.Equal(t, readable, seen.Records+seen.EmptyRows)
	require.Equal(t, members, seen.Members)
	require.LessOrEqual(t, seen.BadTimes, seen.Times)
	require.LessOrEqual(t, seen.Times, seen.Members)

	shown := seen.OtherAudiences(a.Audience)
	require.LessOrEqual(t, len(shown), 10)
	for _, field := range seen.Unmet() {
		require.False(t, seen.Tabular())
		shown = append(shown, field.Near)
		for i, m := range a.Mapping {
			for _, r := range records {
				require.False(t, field.Mapped && field.Path == m.Source && r.Kind == audience.RecordRow && r.Values[i].State != audience.ValueEmpty,
					"%s has a value and was never met", field.Path)
			}
		}
	}
	for _, text := range shown {
		require.True(t, utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl), "%q", text)
	}
}

// TestASampleIsTheBeginningOfEachFile, which is whole where that is all there is.
func TestASampleIsTheBeginningOfEachFile(t *testing.T) {
	for _, c := range []struct {
		records int
		sample  int64
		want    int
		sampled bool
	}{{3, 0, 3, false}, {3, 2, 2, true}, {3, 3, 3, false}, {3, 4, 3, false}, {1, 1, 1, false}, {2, 1, 1, true}} {
		for name, content := range map[string]string{
			"a.ndjson": strings.Repeat(member(guidA)+"\n", c.records),
			"a.csv":    csvHeader + strings.Repeat(csvLine(guidA), c.records),
		} {
			a := jsonActivation()
			if strings.HasSuffix(name, "csv") {
				a = csvActivation()
			}
			seen := &source.Seen{}
			r, err := openWith(t, a, source.Options{Now: now, Sample: c.sample, Seen: seen}, name, content)
			require.NoError(t, err)
			records, err := drain(t, r)
			require.NoError(t, err)
			require.Len(t, records, c.want, "%v %s", c, name)
			require.Equal(t, c.sampled, r.Sampled(), "%v %s", c, name)
			checkSeen(t, a, seen, records)
		}
	}
}

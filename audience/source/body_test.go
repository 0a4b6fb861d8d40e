package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/source"
)

// twoAudiences maps audiences vip and news.
func twoAudiences() []audience.Activation {
	vip, news := jsonActivation(), jsonActivation()
	news.Audience, news.Mapping = "news", nil
	return []audience.Activation{vip, news}
}

func decode(t *testing.T, body string) (source.Decoded, error) {
	t.Helper()
	return source.DecodeProfiles(t.Context(), strings.NewReader(body), twoAudiences(), source.DecodeOptions{Now: now, MaxBytes: 10 << 20})
}

func told(d source.Decoded) string {
	var out []string
	for _, r := range d.Records {
		out = append(out, fmt.Sprintf("%d:%d:%s", r.Record.Position, r.Activation, short([]audience.Record{r.Record})[0]))
	}
	return strings.Join(out, " ")
}

func TestDecodeProfiles(t *testing.T) {
	a, b := member(guidA), member(guidB)
	both := strings.Replace(a, `"vip":`, `"news":{"status":"exited"},"vip":`, 1)
	other := strings.Replace(a, "vip", "other", 1)
	noID := strings.Replace(a, "contactId", "ECID", 1)
	for name, test := range map[string]struct {
		body                          string
		received, ignored, unreadable int
		records                       string
	}{
		"single":             {a, 1, 0, 0, "1:0:9fd6@1"},
		"two audiences":      {both, 1, 0, 0, "1:0:9fd6@1 1:1:9fd6@1"},
		"list":               {"[" + a + "," + other + "," + b + "]", 3, 1, 0, "1:0:9fd6@1 3:0:28c4@1"},
		"lines":              {a + "\n" + b, 2, 0, 0, "1:0:9fd6@1 2:0:28c4@2"},
		"profiles":           {`{"profiles":[` + both + `]}`, 1, 0, 0, "1:0:9fd6@1 1:1:9fd6@1"},
		"packed":             {gzipped(t, a), 1, 0, 0, "1:0:9fd6@1"},
		"aggregated":         {`{"audienceId":"news","status":"realized","profiles":[` + a + `]}`, 1, 0, 0, "1:1:9fd6@1"},
		"no contact id":      {noID, 1, 0, 0, "1:0:missing_contact_id@1"},
		"one bad among good": {a + "\n{\"x\":}\n" + b, 3, 0, 1, "1:0:9fd6@1 3:0:28c4@3"},
		"one bad in a list":  {"[" + a + ",7," + b + "]", 3, 0, 1, "1:0:9fd6@1 3:0:28c4@1"},
		"one very large":     {a + "\n" + strings.Replace(b, "{", `{"x":"`+strings.Repeat("x", 1<<20)+`",`, 1), 2, 0, 1, "1:0:9fd6@1"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := decode(t, test.body)
			require.NoError(t, err)
			require.Equal(t, test.records, told(d))
			require.Equal(t, []int64{int64(test.received), int64(test.ignored)}, []int64{d.Received, d.Ignored})
			require.Len(t, d.Unreadable, test.unreadable)
		})
	}
}

func TestBodiesRefused(t *testing.T) {
	packed := gzipped(t, member(guidA))
	for name, body := range map[string]string{
		"empty": "", "words": "hello", "lines of words": "hello\nworld\n", "cut": member(guidA)[:30], "cut list": "[" + member(guidA),
		"cut gzip": packed[:len(packed)-9], "NUL": "\x00\x00\x00", "no UTF-8": "{\"x\":\"\xff\"}", "deep": strings.Repeat("[", 1<<20), "deep objects": strings.Repeat(`{"a":`, 1<<20),
		"JSON, but no object": "12", "empty list": "[]", "manifest": `{"flowRunId":"x","exportResults":[]}`, "nothing known": `{"hello":1}`,
		"empty profiles": `{"profiles":[]}`, "several without": "[{},{\"a\":{}},7]",
		"deep lines": strings.Repeat(`{"a":`+"\n", 1<<17),
	} {
		_, err := decode(t, body)
		var refused *source.BodyError
		require.ErrorAs(t, err, &refused, name)
		require.False(t, refused.TooLarge, name)
	}
	_, err := decode(t, gzipped(t, strings.Repeat(member(guidA)+"\n", 11<<20/len(member(guidA)))))
	var refused *source.BodyError
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.TooLarge)
}

func TestDecodingIsBounded(t *testing.T) {
	three := strings.Repeat(strings.Replace(member(guidA), `"vip":`, `"news":{"status":"exited"},"vip":`, 1)+"\n", 3)
	for most, fits := range map[int]bool{2: false, 5: false, 6: true} { // three profiles, six memberships
		_, err := source.DecodeProfiles(t.Context(), strings.NewReader(three), twoAudiences(), source.DecodeOptions{Now: now, MaxRecords: most})
		var refused *source.BodyError
		require.Equal(t, !fits, errors.As(err, &refused) && refused.TooLarge, most)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := source.DecodeProfiles(ended, strings.NewReader(three), twoAudiences(), source.DecodeOptions{Now: now})
	require.ErrorIs(t, err, context.Canceled)
}

func TestDecodeDatesAggregatedByArrival(t *testing.T) {
	d, err := decode(t, `{"audienceId":"vip","profiles":[{"status":"realized","identityMap":{"contactId":[{"id":"`+guidA+`"}]}}]}`)
	require.NoError(t, err)
	require.Equal(t, now, d.Records[0].Record.Time)
}

package source

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/audience/profile"
)

const (
	// testLimit bounds a record in these tests, so that little is long enough.
	testLimit = 512 << 10
	overlong  = testLimit + testLimit/8
	guidOne   = "9fd6e0b5-49d6-46ca-af6c-7689f2d11ea3"
	guidTwo   = "28c42f16-2a1c-4b1d-9019-22cea3dd6109"
)

// outcomes reads a source and tells of each record its line and what it is.
func outcomes(t *testing.T, source recordSource) (out []string, err error) {
	t.Helper()
	for {
		r, err := source.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, fmt.Sprintf("%d%.4s%s", r.Line, r.Contact, r.Reason))
	}
}

func overlongActivation() audience.Activation {
	return audience.Activation{Audience: "vip", Namespace: "ups", Source: audience.Source{ContactID: "id", Status: "st"}}
}

func jsonLine(guid string) string { return `{"id":"` + guid + `","st":"active"}` }

func TestOverlongJSON(t *testing.T) {
	read := func(content string) ([]string, error) {
		d, err := profile.NewDecoder(overlongActivation(), profile.Reading{Now: time.Now()})
		require.NoError(t, err)
		s := newJSONSource(strings.NewReader(content), d)
		s.frames.w.limit = testLimit
		return outcomes(t, s)
	}
	long, b := `{"x":"`+strings.Repeat("y", overlong)+`"}`, jsonLine(guidTwo)
	for name, content := range map[string]string{
		"lines": long + "\n" + b, "list": "[" + long + ",\n" + b + "]", "over lines": strings.Replace(long, "{", "{\n", 1) + b,
		"words": strings.Repeat("y", overlong) + "\n" + b, "without its end": long[:len(long)-2] + "\n" + b,
	} {
		got, err := read(content)
		require.NoError(t, err, name)
		require.Len(t, got, 2, name)
		require.Equal(t, "1unreadable_record", got[0], name)
		require.Equal(t, "228c4", got[1], name)
	}
	for _, content := range []string{long[:len(long)-1], "[" + long, strings.Repeat("[", overlong)} {
		_, err := read(content)
		var cut *audience.SourceError
		require.ErrorAs(t, err, &cut)
		require.Equal(t, audience.CauseCut, cut.Cause)
	}

	many := strings.Repeat(b+",\n", overlong/len(b)) + b
	got, err := read(`{"profiles":[` + many + `],"more":{"x":1}}` + b)
	require.NoError(t, err)
	require.Len(t, got, overlong/len(b)+2)
	_, err = read(`{"profiles":[` + many + `],"audienceId":"vip"}`)
	require.ErrorContains(t, err, "write audienceId first")
	_, err = read(`{"profiles":[` + many + `],"more"`)
	require.ErrorContains(t, err, "cut")
	_, err = read(`{"profiles":[` + many + `]]`)
	require.ErrorContains(t, err, "broken")
}

func TestOverlongCSV(t *testing.T) {
	read := func(content string) ([]string, error) {
		s, err := newCSVSource(strings.NewReader("id,st,x\n"+content), overlongActivation(), profile.Reading{Now: time.Now()})
		require.NoError(t, err)
		s.rows.w.limit = testLimit
		return outcomes(t, s)
	}
	one, two := guidOne+",active,\n", guidTwo+",active,\n"
	long := strings.Repeat("x", overlong)
	for name, content := range map[string]string{
		"plain": one + long + "\n" + two, "quoted": one + `"` + long + `",a,b` + "\n" + two,
		"stray quote": one + `a,b,"` + "\n" + two + strings.Repeat(one, overlong/len(one)),
	} {
		got, err := read(content)
		require.NoError(t, err, name)
		require.Equal(t, []string{"29fd6", "3unreadable_record", "428c4"}, got[:3], name)
	}
}

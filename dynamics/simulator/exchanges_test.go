package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// exchange is a request and its answer as Microsoft's pages, or issues and programs of others, show
// them; on tables that are there here.
type exchange struct {
	Name, Source string
	Faults       json.RawMessage
	Limits       json.RawMessage
	Before       []exchange
	Method, Path string
	Header       map[string]string
	Anonymous    bool // without a token
	Body         json.RawMessage
	Form         map[string]string

	Status int
	Answer map[string]string // its headers
	JSON   any
	Text   []string
	Parts  []answerPart // of a batch
}

// answerPart is one answer inside that to a batch.
type answerPart struct {
	Line   string
	ID     string
	Set    bool // it belongs to a change set
	Header map[string]string
	JSON   any
}

func TestPublishedExchanges(t *testing.T) {
	content, err := os.ReadFile("testdata/exchanges.json")
	require.NoError(t, err)
	var exchanges []exchange
	require.NoError(t, json.Unmarshal(content, &exchanges))
	require.Greater(t, len(exchanges), 50)
	for _, x := range exchanges {
		t.Run(x.Name, func(t *testing.T) {
			e := start(t, simulator.Options{Keys: []string{"emailaddress1"}})
			f := fillerOf(e)
			if x.Faults != nil {
				require.Equal(t, http.StatusOK, e.control(http.MethodPost, "faults", string(x.Faults)).status)
			}
			if x.Limits != nil {
				require.Equal(t, http.StatusOK, e.control(http.MethodPost, "limits", string(x.Limits)).status)
			}
			for _, before := range x.Before {
				require.Less(t, before.ask(e, f).status, 300)
			}
			x.require(t, f, x.ask(e, f))
		})
	}
}

// filler puts addresses and ids into the texts of an exchange.
type filler struct{ *strings.Replacer }

func fillerOf(e *environment) filler {
	return filler{strings.NewReplacer("{api}", e.url+"/api/data/v9.2/", "{org}", e.url, "{tenant}", tenant,
		"{id0}", contact(0), "{id1}", contact(1), "{id2}", contact(2), "{account}", simulator.GeneratedAccountID(1, 0))}
}

func (x exchange) ask(e *environment, f filler) answer {
	target := f.Replace(x.Path)
	if strings.HasPrefix(target, "/") {
		target = e.url + target
	} else {
		target = e.url + "/api/data/v9.2/" + target
	}
	var headers []string
	if !x.Anonymous {
		headers = append(headers, "Authorization", "Bearer "+e.token)
	}
	for name, value := range x.Header {
		headers = append(headers, name, value)
	}
	body := f.Replace(x.body(e.t))
	if x.Form != nil {
		form := url.Values{}
		for name, value := range x.Form {
			form.Set(name, f.Replace(value))
		}
		body, headers = form.Encode(), append(headers, "Content-Type", "application/x-www-form-urlencoded")
	}
	return e.send(x.Method, strings.ReplaceAll(target, " ", "%20"), body, headers...)
}

// body is a text as it is, or an object as JSON.
func (x exchange) body(t testing.TB) string {
	var text string
	if strings.HasPrefix(string(x.Body), `"`) {
		require.NoError(t, json.Unmarshal(x.Body, &text))
		return text
	}
	return string(x.Body)
}

func (x exchange) require(t *testing.T, f filler, a answer) {
	require.Equal(t, x.Status, a.status, a.body)
	for name, want := range x.Answer {
		f.match(t, name, want, a.header.Get(name))
	}
	for _, text := range x.Text {
		require.Contains(t, a.body, text)
	}
	if x.JSON != nil {
		f.match(t, "body", x.JSON, any(a.json(t)))
	}
	if x.Parts != nil {
		parts := a.parts(t)
		require.Len(t, parts, len(x.Parts), a.body)
		for i, want := range x.Parts {
			got := parts[i]
			require.Equal(t, want.Line, got.Line)
			require.Equal(t, []any{want.ID, want.Set}, []any{got.ID, got.Set})
			for name, value := range want.Header {
				f.match(t, name, value, got.Header[name])
			}
			if want.JSON != nil {
				f.match(t, "body", want.JSON, got.JSON)
			}
		}
	}
}

// match compares with a pattern: texts are the same, or match what stands behind ~; objects have
// the same members, or with "..." those at least.
func (f filler) match(t *testing.T, where string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		require.True(t, ok, "%s: %v", where, got)
		for name, value := range want {
			if name != "..." {
				require.Contains(t, object, name, where)
				f.match(t, where+"."+name, value, object[name])
			}
		}
		if want["..."] == nil {
			require.Len(t, object, len(want), "%s: %v", where, got)
		}
	case []any:
		require.Len(t, got, len(want), where)
		for i, value := range want {
			f.match(t, where, value, got.([]any)[i])
		}
	case string:
		pattern, isPattern := strings.CutPrefix(want, "~")
		if !isPattern {
			require.Equal(t, f.Replace(want), got, where)
			return
		}
		require.Regexp(t, regexp.MustCompile(f.quoted().Replace(pattern)), got, where)
	default:
		require.Equal(t, want, got, where)
	}
}

// quoted fills a pattern.
func (f filler) quoted() *strings.Replacer {
	return strings.NewReplacer("{api}", regexp.QuoteMeta(f.Replace("{api}")), "{tenant}", tenant)
}

// parts cuts the answer to a batch at its lines, as readers of bytes do.
func (a answer) parts(t *testing.T) []answerPart {
	var parts []answerPart
	set := false
	for _, raw := range regexp.MustCompile(`(?m)^--(?:batch|changeset)response_[0-9a-f-]{36}(?:--)?\r\n`).Split(a.body, -1)[1:] {
		head, rest, _ := strings.Cut(raw, "\r\n\r\n")
		switch {
		case strings.HasPrefix(head, "Content-Type: multipart/mixed; boundary=changesetresponse_"):
			set = true
			continue
		case !strings.Contains(head, "Content-Type: application/http"):
			set = false // what stands behind the last of a set, or of all
			continue
		}
		p := answerPart{Set: set, Header: map[string]string{}}
		if _, id, found := strings.Cut(head, "Content-ID: "); found {
			p.ID, _, _ = strings.Cut(id, "\r\n")
		}
		lines, body, _ := strings.Cut(rest, "\r\n\r\n")
		for i, line := range strings.Split(lines, "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			if i == 0 {
				p.Line = line
				continue
			}
			p.Header[name] = value
		}
		if body = strings.TrimSpace(body); body != "" {
			require.NoError(t, json.Unmarshal([]byte(body), &p.JSON), body)
		}
		parts = append(parts, p)
	}
	return parts
}

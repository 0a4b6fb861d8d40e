package dynamics_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// publishedAnswer is what Microsoft's pages, or issues and programs of others, show Dynamics or the
// sign-in to answer, and what the client is to make of it.
type publishedAnswer struct {
	Name, Source string
	Asked        string // sign in, read, update (one contact), batch (of three)
	Status       int
	Header       map[string]string
	Body         string
	Want         *verdict
	Rows         []verdict
	Again        string // the answer to a second batch
}

// verdict is what the client says of a failure.
type verdict struct {
	State   string
	Class   dynamics.Class
	Reason  string
	Code    string
	Seconds float64 // to wait
}

func (v verdict) requireOf(t *testing.T, err error) {
	t.Helper()
	var e *dynamics.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, v.Class, e.Class(), e.Error())
	require.Equal(t, v.Reason, e.Explain().Reason)
	require.Equal(t, v.Code, e.Code)
	require.InDelta(t, v.Seconds, e.RetryAfter.Seconds(), 0.5)
	require.Equal(t, v.Seconds == 0, e.RetryAfter == 0)
	require.Equal(t, e.Class() == dynamics.Throttled, e.Temporary())
}

func TestPublishedAnswers(t *testing.T) {
	content, err := os.ReadFile("testdata/published-answers.json")
	require.NoError(t, err)
	var answers []publishedAnswer
	require.NoError(t, json.Unmarshal(content, &answers))
	require.Greater(t, len(answers), 30)
	for _, p := range answers {
		t.Run(p.Name, func(t *testing.T) {
			switch p.Asked {
			case "sign in":
				p.signIn(t)
			case "batch":
				p.batch(t)
			default:
				p.one(t)
			}
		})
	}
}

// give writes the answer, with ids and addresses put in.
func (p publishedAnswer) give(w http.ResponseWriter, api, body string) {
	fill := strings.NewReplacer("{api}", api, "{tenant}", tenant,
		"{id}", contactID(0), "{id0}", contactID(0), "{id1}", contactID(1), "{id2}", contactID(2))
	if p.Status != http.StatusNoContent {
		w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	}
	for name, value := range p.Header {
		w.Header().Set(name, fill.Replace(value))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write([]byte(fill.Replace(body)))
}

func (p publishedAnswer) signIn(t *testing.T) {
	f := newFake(t, whoAmI)
	f.token = func(w http.ResponseWriter, _ *http.Request) { p.give(w, "", p.Body) }
	err := f.client().SignIn(t.Context())
	if p.Want == nil {
		require.NoError(t, err)
		return
	}
	p.Want.requireOf(t, err)
}

// one asks for a reading or the update of one contact.
func (p publishedAnswer) one(t *testing.T) {
	var f *fake
	f = newFake(t, func(w http.ResponseWriter, _ request) { p.give(w, f.URL+apiPath, p.Body) })
	var err error
	if p.Asked == "read" {
		err = f.client().ScanContacts(t.Context(), "", nil, func([]dynamics.Contact) error { return nil })
	} else {
		var results []dynamics.RowResult
		results, err = f.client().Update(t.Context(), updates(1))
		if results[0].Err != nil {
			err = errors.Join(err, results[0].Err)
		}
		require.Equal(t, p.Want == nil, results[0].State == dynamics.RowWritten)
	}
	if p.Want == nil {
		require.NoError(t, err)
		return
	}
	p.Want.requireOf(t, err)
}

func (p publishedAnswer) batch(t *testing.T) {
	var f *fake
	batches := 0
	f = newFake(t, func(w http.ResponseWriter, r request) {
		switch {
		case r.Path != "$batch":
			w.WriteHeader(http.StatusNoContent)
		case batches == 0:
			batches++
			p.give(w, f.URL+apiPath, p.Body)
		default:
			p.give(w, f.URL+apiPath, p.Again)
		}
	})
	results, err := f.client().UpdateApart(t.Context(), updates(len(p.Rows)))
	require.NoError(t, err)
	for n, want := range p.Rows {
		require.Equal(t, want.State == "written", results[n].State == dynamics.RowWritten, "row %d: %v", n, results[n].Err)
		if want.Class != "" {
			want.requireOf(t, results[n].Err)
		}
	}
}

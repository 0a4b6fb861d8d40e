package receive_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/starter/receive"
	"audienceflow/store/inbox"
)

// shapes are the forms in which Adobe sends a profile; CONTACT stands for its identities.
var shapes = map[string]string{
	"HTTP API":        `{"person":{"name":{"firstName":"Ann"}},"segmentMembership":{"ups":{"vip":{"lastQualificationTime":"2026-01-11T21:24:39Z","status":"realized"},"59bd2fkd":{"lastQualificationTime":"2022-01-02T23:37:33Z","status":"realized"}}},CONTACT}`,
	"with timestamps": `{"segmentMembership":{"ups":{"vip":{"lastQualificationTime":"2026-01-15T02:41:50+0000","status":"realized","createdAt":1648553325000,"mappingUpdatedAt":1649856570000}}},CONTACT}`,
	"Destination SDK": `{"segmentMembership":{"ups":{"vip":{"lastQualificationTime":"2026-01-15T02:41:50.000+0000","status":"existing"}}},"attributes":{"lastName":"x"},CONTACT}`,
	"batch":           `{"segmentMembership":{"ups":{"vip":{"status":"active","lastQualificationTime":"2026-03-10 10:03:08"}}},"personalEmail":{"address":"a@example.com"},CONTACT}`,
	"XDM":             `{"xdm:segmentMembership":{"ups":{"vip":{"xdm:version":"15","xdm:lastQualificationTime":"2026-04-26T15:52:25+00:00","xdm:status":"exited","xdm:payload":{"xdm:payloadType":"boolean"}}}},CONTACT}`,
	"private SDK":     `{"contactId":"` + guid + `","firstName":"Ann","segmentMembership":{"ups":{"vip":{"lastQualificationTime":"2026-01-15T02:41:50.000+0000","status":"realized"}}},CONTACT}`,
	"by audience":     `{"audienceId":"vip","audienceNamespace":"ups","status":"realized","profiles":[{"firstName":"Ann",CONTACT}]}`,
}

func shaped(text string) []byte {
	return []byte(strings.ReplaceAll(text, "CONTACT", `"identityMap":{"ecid":[{"id":"145"}],"contactId":[{"id":"`+guid+`"}]}`))
}

func TestEveryShapeIsAccepted(t *testing.T) {
	for name, text := range shapes {
		profile := shaped(text)
		lines := bytes.Repeat(append(profile, '\n'), 10)
		list := append(append([]byte("["), bytes.TrimSuffix(bytes.Repeat(append(profile, ','), 10), []byte(","))...), ']')
		bodies := map[string][]byte{"alone": profile, "lines": lines, "packed": packed(t, lines), "list": list,
			"profiles": append(append([]byte(`{"profiles":`), list...), '}')}
		for form, body := range bodies {
			t.Run(name+" "+form, func(t *testing.T) {
				f := newFront(t, &memory{})
				want := int64(10)
				if form == "alone" {
					want = 1
				}
				code, accepted := f.post(body)
				require.Equal(t, http.StatusAccepted, code)
				require.Equal(t, receive.Accepted{Received: want}, accepted)
				kept := f.inbox.kept()
				require.Len(t, kept, int(want), "all is kept before the answer")
				require.Equal(t, guid, kept[0].Record.Contact)
				require.Equal(t, inbox.StreamKey{Destination: "dynamics", Audience: "vip"}, kept[0].StreamKey)
				require.EqualValues(t, 1, kept[0].Version)
			})
		}
	}
}

func TestWhatCannotBeUsedDoesNotSpoilItsNeighbours(t *testing.T) {
	f := newFront(t, &memory{})
	good := string(shaped(shapes["HTTP API"]))
	noID := strings.Replace(good, "contactId", "other", 1)
	body := strings.Join([]string{good, `{"x":}`, noID, `{"city":"london"}`, good}, "\n")
	code, accepted := f.post([]byte(body))
	require.Equal(t, http.StatusAccepted, code)
	require.Equal(t, receive.Accepted{Received: 5, Ignored: 1, Rejected: 2}, accepted)
	require.Len(t, f.inbox.kept(), 3)
	require.Equal(t, runs.ReasonMissingContactID, f.inbox.kept()[1].Record.Reason)
	require.Len(t, f.inbox.unreadable, 1)
	require.EqualValues(t, 2, f.inbox.unreadable[0].Record.Position)
}

func TestUnmappedAudiencesAreCountedAndIgnored(t *testing.T) {
	f := newFront(t, &memory{})
	mapped := string(shaped(shapes["HTTP API"]))
	other := strings.ReplaceAll(mapped, `"vip"`, `"other"`)
	group := `{"audienceId":"other","audienceNamespace":"ups","profiles":[{"firstName":"Ann"},{"firstName":"Bob"}]}`
	code, accepted := f.post([]byte("[" + mapped + "," + other + "," + group + `,{"city":"london"}]`))
	require.Equal(t, http.StatusAccepted, code)
	require.Equal(t, receive.Accepted{Received: 5, Ignored: 4}, accepted, "those of no mapped audience need no contact id")
	require.Len(t, f.inbox.kept(), 1)
}

func TestBadAndHostileBodies(t *testing.T) {
	good := string(shaped(shapes["HTTP API"]))
	large := bytes.Repeat([]byte(good+"\n"), 11<<20/len(good))
	few := `{"segmentMembership":{"ups":{"vip":1}}}`
	for name, test := range map[string]struct {
		body []byte
		code int
	}{
		"empty":          {nil, http.StatusBadRequest},
		"words":          {[]byte("hello"), http.StatusBadRequest},
		"cut":            {[]byte(good[:40]), http.StatusBadRequest},
		"cut gzip":       {packed(t, []byte(good))[:40], http.StatusBadRequest},
		"deep lists":     {bytes.Repeat([]byte("["), 5<<20), http.StatusBadRequest},
		"deep objects":   {bytes.Repeat([]byte(`{"a":`), 1<<20), http.StatusBadRequest},
		"no UTF-8":       {[]byte("{\"x\":\"\xff\"}"), http.StatusBadRequest},
		"NUL":            {[]byte("\x00\x00"), http.StatusBadRequest},
		"too large":      {large, http.StatusRequestEntityTooLarge},
		"unpacks large":  {packed(t, large), http.StatusRequestEntityTooLarge},
		"many numbers":   {[]byte("[" + strings.Repeat("1,", 200_000) + "1]"), http.StatusRequestEntityTooLarge},
		"many lines":     {bytes.Repeat([]byte("x\n"), 200_000), http.StatusRequestEntityTooLarge},
		"many profiles":  {packed(t, bytes.Repeat([]byte(few+"\n"), 200_000)), http.StatusRequestEntityTooLarge},
		"no number":      {[]byte(strings.Replace(good, `"Ann"`, "1e999999999", 1)), http.StatusAccepted},
		"large profile":  {[]byte(strings.Replace(good, "Ann", strings.Repeat("n", 2<<20), 1)), http.StatusAccepted},
		"many keys":      {[]byte("{" + strings.Repeat(`"a":1,`, 1<<20) + `"b":2}`), http.StatusAccepted},
		"other packing":  {[]byte("\x28\xb5\x2f\xfdxxxx"), http.StatusUnsupportedMediaType},
		"packed twice":   {packed(t, packed(t, []byte(good))), http.StatusBadRequest},
		"packed, more":   {append(packed(t, []byte(good)), "more"...), http.StatusBadRequest},
		"duplicate keys": {[]byte(strings.Replace(good, `{"person"`, `{"person":1,"person"`, 1)), http.StatusAccepted},
		"huge number":    {[]byte(strings.Replace(good, `"Ann"`, strings.Repeat("9", 100_000), 1)), http.StatusAccepted},
		"escaped NUL":    {[]byte(strings.Replace(good, `"Ann"`, `"a\u0000b"`, 1)), http.StatusAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, &memory{})
			code, _ := f.post(test.body)
			require.Equal(t, test.code, code)
			if code != http.StatusAccepted {
				require.Empty(t, f.inbox.kept())
			}
		})
	}
}

// TestMemoryIsBounded sends what becomes large in memory, several at once: a few bytes of JSON may
// be a record.
func TestMemoryIsBounded(t *testing.T) {
	f, senders := newFront(t, &memory{}), 8
	if testing.Short() {
		senders = 3 // one of each but the last
	}
	bodies := [][]byte{
		bytes.Repeat([]byte("1\n"), 5<<20), packed(t, bytes.Repeat([]byte("{}\n"), 3<<20)), packed(t, make([]byte, 200<<20)),
		[]byte(`{"audienceId":"vip","profiles":[` + strings.Repeat("{},", 3<<20) + "{}]}"),
	}
	stop, most := make(chan struct{}), make(chan uint64)
	before := heap()
	go func() {
		highest := uint64(0)
		for {
			select {
			case <-stop:
				most <- highest
				return
			case <-time.After(look):
				highest = max(highest, heap())
			}
		}
	}()
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			code, _ := f.post(bodies[i%len(bodies)])
			require.Contains(t, []int{http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}, code)
		})
	}
	sending.Wait()
	close(stop)
	require.Less(t, <-most, before+300<<20)
}

// heap gives the bytes in use.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// endless gives profiles without end.
type endless struct{ given atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	given := e.given.Add(int64(len(p)))
	if given > 100<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func TestABodyOfUnknownLengthIsCutOffAtItsBound(t *testing.T) {
	f := newFront(t, &memory{})
	body := &endless{}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/v1/destinations/dynamics/profiles", io.NopCloser(body))
	require.NoError(t, err)
	answer, err := f.web.Do(r)
	if err == nil { // or the connection was closed while it was still being sent
		defer answer.Body.Close()
		require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	}
	require.Less(t, body.given.Load(), int64(30<<20), "the rest was not read")
}

func TestAStoreThatIsSlowOrGoneIsAnswered503(t *testing.T) {
	slow := &memory{block: make(chan struct{})}
	defer close(slow.block)
	f := newFront(t, slow, func(o *receive.Options) { o.AnswerTime = 20 * time.Millisecond })
	code, _ := f.post(shaped(shapes["HTTP API"]))
	require.Equal(t, http.StatusServiceUnavailable, code)

	gone := newFront(t, &memory{fail: errors.New("disk full")})
	code, _ = gone.post(shaped(shapes["HTTP API"]))
	require.Equal(t, http.StatusServiceUnavailable, code)
	answer, err := gone.web.Get(gone.url + "/readyz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
}

func TestOnlyGzipIsUnpackedAndOnlyKnownDestinationsAreServed(t *testing.T) {
	f := newFront(t, &memory{})
	code, _ := f.post(shaped(shapes["batch"]), "Content-Encoding", "br")
	require.Equal(t, http.StatusUnsupportedMediaType, code)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/v1/destinations/nowhere/profiles", strings.NewReader("{}"))
	require.NoError(t, err)
	code, _ = f.do(r)
	require.Equal(t, http.StatusNotFound, code)
}

func TestTheContentTellsWhatItIs(t *testing.T) {
	f := newFront(t, &memory{})
	for _, header := range []string{"application/json", "text/plain", "application/x-www-form-urlencoded", ""} {
		code, _ := f.post(shaped(shapes["batch"]), "Content-Type", header)
		require.Equal(t, http.StatusAccepted, code, header)
	}
	code, _ := f.post(shaped(shapes["batch"]), "Content-Encoding", "gzip")
	require.Equal(t, http.StatusAccepted, code, "plain, whatever the header says")
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		r, err := http.NewRequestWithContext(t.Context(), method, f.url+"/v1/destinations/dynamics/profiles", nil)
		require.NoError(t, err)
		answer, err := f.web.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
		require.Equal(t, http.MethodPost, answer.Header.Get("Allow"))
		require.JSONEq(t, `{"error": "send profiles with POST"}`, string(body))
	}
}

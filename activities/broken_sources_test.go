package activities

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	_ "audienceflow/audience/parquet" // one of the formats that break
	"audienceflow/runs"
	"audienceflow/store/runlog"
)

// Words of a source: none of them may get into a failure, a result, a heartbeat or a log.
const (
	secretWord = "Vetiver~Secret"
	nameWord   = "Quarzfeder"
	mailWord   = "zinnober.mail"
)

// breaker makes broken sources, the same ones for each seed.
type breaker struct {
	*rand.Rand
	ids []string
}

func (b *breaker) pick(of ...string) string { return of[b.IntN(len(of))] }

func (b *breaker) id() string { return b.ids[b.IntN(len(b.ids))] }

// rows are cells of contacts.
func (b *breaker) rows() [][]string {
	rows := make([][]string, 1+b.IntN(6))
	for i := range rows {
		rows[i] = []string{
			b.pick(b.id(), b.id(), "{"+b.id()+"}", b.id()+"@x.Dynamics", "", nameWord), b.pick(nameWord, nameWord+" "+b.id(), `"`+nameWord, secretWord),
			b.pick("realized", "exited", nameWord, ""), b.pick(mailWord+"@example.org", secretWord, b.id()),
		}
	}
	return rows
}

// table is a CSV in a dialect of its own, or one that is none.
func (b *breaker) table() string {
	comma := b.pick(",", ",", ",", ";", "\t", "|", ":", "^", " ", "\x01")
	end := b.pick("\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\r", "\x00", "\u2028", "")
	var text strings.Builder
	if b.IntN(3) > 0 {
		header := []string{b.pick("id", "id", "id", "ID", "", "contact"), b.pick("first", "first", "frist"), b.pick("status", "status", "state"), b.pick("mail", "Mail", "")}
		text.WriteString(strings.Join(header[:1+b.IntN(4)], comma) + end)
	}
	for _, row := range b.rows() {
		text.WriteString(strings.Join(row, comma) + end)
	}
	return text.String()
}

// profiles are JSON in one of its forms.
func (b *breaker) profiles() string {
	var all []string
	for _, row := range b.rows() {
		first, _ := json.Marshal(row[1])
		all = append(all, fmt.Sprintf(`{"person":{"first":%s},"identityMap":{"id":[{"id":%q}]},"%s":{"ups":{"vip":{"status":%q}}},"mail":%q}`,
			first, row[0], b.pick("segmentMembership", "segmentMembership", nameWord), row[2], row[3]))
	}
	switch b.IntN(4) {
	case 0:
		return "[" + strings.Join(all, ",") + "]"
	case 1:
		return `{"audienceId":"vip","profiles":[` + strings.Join(all, ",") + `]}`
	case 2:
		return `{"flowRunId":"` + b.id() + `","exportResults":[{"name":"part-0.csv","size":1}],"` + nameWord + `":1}`
	}
	return strings.Join(all, "\n") + "\n"
}

// damage breaks a text in one way.
func (b *breaker) damage(text string) string {
	at := b.IntN(len(text) + 1)
	switch b.IntN(12) {
	case 0:
		return text[:at]
	case 1:
		return text[at:]
	case 2:
		return text[:at] + b.pick(`"`, `'`, `\`, "{", "[", "}", "]", "\x00", "\r", "\n", "\xff", "\u202e", nameWord, secretWord) + text[at:]
	case 3:
		return strings.Replace(text, "\n", "", 1)
	case 4:
		return "\xef\xbb\xbf" + text
	case 5:
		return b.pick("\xff\xfe", "\xfe\xff", "\x1f\x8b", "\x28\xb5\x2f\xfd", "PAR1") + text
	case 6:
		return strings.Repeat(`{"a":[`, 2000) + text
	case 7:
		return packedText(text)[:b.IntN(len(packedText(text)))]
	case 8:
		return packedText(text)
	case 9:
		return "PAR1" + text + string([]byte{byte(at), 0, 0, 0}) + "PAR1"
	case 10:
		return strings.ToUpper(text)
	}
	return text
}

func packedText(text string) string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text)) // memory takes everything
	_ = w.Close()
	return packed.String()
}

// source writes a broken source and gives its path.
func (b *breaker) source(folder string) string {
	text := b.pick(b.table(), b.table(), b.profiles())
	for range b.IntN(3) {
		text = b.damage(text)
	}
	path := filepath.Join(folder, b.pick("a.csv", "a.ndjson", "a.json", "a", "a.csv.gz", "a.parquet"))
	if b.IntN(10) == 0 {
		path = filepath.Join(folder, "part", "manifest-1.json")
	}
	must(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
	if strings.HasSuffix(path, "manifest-1.json") {
		return filepath.Dir(path)
	}
	return path
}

func must(errs ...error) {
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
}

// ears take down everything that activities say to others, heartbeats at any time.
type ears struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes down what is logged.
func (e *ears) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.Write(p)
}

// String is what was heard since forget.
func (e *ears) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.String()
}

func (e *ears) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text.Reset()
}

func (e *ears) hear(v any) {
	if err, ok := v.(error); ok {
		failure := temporal.GetDefaultFailureConverter().ErrorToFailure(err)
		_, _ = fmt.Fprintf(e, "%v\n%s\n", err, failure.String()) // a buffer takes all
		return
	}
	text, err := json.Marshal(v)
	must(err)
	_, _ = e.Write(append(text, '\n'))
}

// TestBrokenSourcesTellNothing breaks 500 sources, and corrections of their rows, and looks for
// words of theirs in failures, results, heartbeats, logs, and in what people are shown of their
// headers.
func TestBrokenSourcesTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	heard := &ears{}
	logger := slog.New(slog.NewTextHandler(heard, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.log = log.NewStructuredLogger(logger)
	w.connect()
	w.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		if details.HasValues() { // an early one has none
			var p progress
			must(details.Get(&p))
			heard.hear(p)
		}
	})
	b := &breaker{Rand: rand.New(rand.NewPCG(14, 1)), ids: w.ids}
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindPlan, WorkflowID: "plan/dynamics/vip", Activation: w.activation()})
	require.NoError(t, err)
	words := append([]string{secretWord, nameWord, mailWord}, w.ids...)
	failed, shown := 0, 0
	sources := 500
	if testing.Short() {
		sources = 50
	}
	for i := range sources {
		a := w.broken(b)
		if i%5 == 0 {
			heard.hear(w.checked(a))
		}
		run := fmt.Sprintf("run-%d", i)
		if w.staged(heard, run, a, i%3 == 0) {
			failed++
		}
		detail := w.failureDetail(run)
		if detail != "" {
			shown++
		}
		_, _ = io.WriteString(heard, detail+"\n"+w.failureDetail("default-test-run-id")) // the latter of a check
		leaked := slices.IndexFunc(words, func(word string) bool {
			return strings.Contains(strings.ToLower(heard.String()), strings.ToLower(word))
		})
		if leaked >= 0 {
			text, err := os.ReadFile(a.Source.URL)
			t.Fatalf("source %d: %q is told (%v) of\n%q\nin %s", i, words[leaked], err, text, heard.String())
		}
		heard.forget()
	}
	require.Greater(t, failed, sources*3/10, "most are broken")
	require.Less(t, failed, sources*96/100, "some are only odd")
	require.Greater(t, shown, sources/50-2, "headers are shown where they are headers")
}

// broken is an activation over a broken source.
func (w *world) broken(b *breaker) Activation {
	folder := w.t.TempDir()
	a := w.activation()
	a.Folder, a.Source.URL = folder, b.source(folder)
	a.Source.Format = b.pick(audience.FormatAuto, audience.FormatAuto, audience.FormatCSV, audience.FormatAEPJSON, audience.FormatParquet)
	a.Source.Status = b.pick("status", "status", "")
	a.Source.LastQualificationTime = b.pick("", "", "time")
	a.Mapping[0].Source = b.pick("first", "person.first")
	a.OnBadValue = b.pick(audience.OnBadValueSkip, audience.OnBadValueReject)
	return a
}

func (w *world) checked(a Activation) CheckResult {
	w.t.Helper()
	out, err := do(w, w.connection.Check, CheckInput{Activation: a})
	require.NoError(w.t, err)
	return out
}

func (w *world) failureDetail(run string) string {
	w.t.Helper()
	detail, err := w.options.Store.FailureDetail(w.t.Context(), run)
	require.NoError(w.t, err)
	return detail
}

// begin begins a run with what the first one has resolved.
func (w *world) begin(run string, change func(s *settings)) {
	w.t.Helper()
	s, err := w.planning.runs.of(w.t.Context(), testRun)
	require.NoError(w.t, err)
	change(&s)
	text, err := json.Marshal(s)
	require.NoError(w.t, err)
	require.NoError(w.t, w.options.Store.BeginRun(w.t.Context(), runlog.Run{
		Run: run, WorkflowID: run, Destination: "dynamics", Audience: "vip", Namespace: "ups", Column: "acme_vip", Kind: s.Kind,
	}))
	require.NoError(w.t, w.options.Store.SetRunSettings(w.t.Context(), run, text))
}

// staged stages an activation's source, and, if asked to, a replay with the same file as
// corrections; it reports whether the former failed.
func (w *world) staged(heard *ears, run string, a Activation, replay bool) (failed bool) {
	w.t.Helper()
	w.begin(run, func(s *settings) { s.Activation = a })
	out, err := do(w, w.planning.StageAudience, StageAudienceInput{Run: run, Now: time.Now()})
	heard.hear(out)
	if err != nil {
		heard.hear(err)
		failed = true
	}
	require.NoError(w.t, w.options.Store.EndRun(w.t.Context(), run, runs.StatusFailed, "", "", nil))
	if !replay {
		return failed
	}
	w.begin(run+"-replay", func(s *settings) { s.Activation, s.Rows, s.Of, s.Corrections = a, RowsFailed, run, a.Source.URL })
	if _, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: run + "-replay", Now: time.Now()}); err != nil {
		heard.hear(err)
	}
	_, _ = io.WriteString(heard, w.failureDetail(run+"-replay")+"\n")
	require.NoError(w.t, w.options.Store.EndRun(w.t.Context(), run+"-replay", runs.StatusFailed, "", "", nil))
	return failed
}

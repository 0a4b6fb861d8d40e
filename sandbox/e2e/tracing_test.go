package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
)

// receiver takes spans as a collector does, by OTLP over HTTP.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []*collector.ExportTraceServiceRequest
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var spans collector.ExportTraceServiceRequest
		read := proto.Unmarshal
		if request.Header.Get("Content-Type") == "application/json" {
			read = unmarshalJSON
		}
		if err != nil || request.URL.Path != "/v1/traces" || read(body, &spans) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		r.bodies = append(r.bodies, &spans)
		r.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

var hexID = regexp.MustCompile(`"(traceId|spanId)":"([0-9a-f]+)"`)

// unmarshalJSON reads OTLP's JSON, which has ids in hexadecimal where other JSON of Protobuf has
// them in base64.
func unmarshalJSON(body []byte, spans proto.Message) error {
	return protojson.Unmarshal(hexID.ReplaceAllFunc(body, func(found []byte) []byte {
		parts := hexID.FindSubmatch(found)
		id, _ := hex.DecodeString(string(parts[2])) // it is made of such digits
		return fmt.Appendf(nil, "%q:%q", parts[1], base64.StdEncoding.EncodeToString(id))
	}), spans)
}

// spans are those received so far, by their ids; text is all that was received with them.
func (r *receiver) spans() (all map[string]*tracepb.Span, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all = map[string]*tracepb.Span{}
	for _, body := range r.bodies {
		text += protojson.Format(body)
		for _, resource := range body.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					all[string(span.GetSpanId())] = span
				}
			}
		}
	}
	return all, text
}

// TestARunIsOneTrace activates and validates an audience, with a limit and a refused contact on the
// way, and looks at the spans that a collector gets.
func TestARunIsOneTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 600, Seed: 47})
	got := newReceiver(t)
	w.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = got.URL
	w.environment["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment=test"
	w.set("REQUEST_SIZE", "100")
	contacts := w.contacts()
	w.fault(simulator.Fault{Kind: "status", Match: "CRM.UpdateMultiple", Status: http.StatusTooManyRequests, Count: 1})
	w.fault(simulator.Fault{Kind: "plugin", IDs: contacts[:1], Message: "refuses " + contacts[0]})
	worker := w.startWorker()
	report := w.report(command.ExitDone, "activate", "-f", w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, append(contacts, lost))))
	require.EqualValues(t, 599, report.Activated)
	require.Zero(t, worker.interrupt(), "what is left is sent")
	spans, text := got.spans()

	var run *tracepb.Span
	named := map[string]int{}
	for _, span := range spans {
		named[span.GetName()]++
		if span.GetName() == "RunWorkflow:ActivateAudience" {
			run = span
		}
	}
	require.NotNil(t, run, named)
	for _, name := range []string{
		"RunWorkflow:ValidateExport", "RunActivity:StageAudience", "RunActivity:PlanRun", "RunActivity:UpdateContacts",
		"update contacts", "sign in",
	} {
		require.NotZero(t, named[name], "%s of %v", name, named)
	}
	below := func(span *tracepb.Span, name string) bool {
		for span != nil && !strings.HasPrefix(span.GetName(), name) {
			span = spans[string(span.GetParentSpanId())]
		}
		return span != nil
	}
	for _, span := range spans {
		switch {
		case strings.HasPrefix(span.GetName(), "RunActivity:") || strings.HasPrefix(span.GetName(), "RunWorkflow:"):
			require.True(t, below(span, "RunWorkflow:"), span.GetName())
			if below(span, "RunWorkflow:ActivateAudience") {
				require.Equal(t, run.GetTraceId(), span.GetTraceId(), span.GetName())
			}
		case span.GetName() == "update contacts":
			require.True(t, below(span, "RunActivity:UpdateContacts"))
			require.Equal(t, run.GetTraceId(), span.GetTraceId())
		}
	}
	start := spans[string(run.GetParentSpanId())]
	require.Equal(t, "StartWorkflow:ActivateAudience", start.GetName(), "it begins in the command")
	require.Equal(t, run.GetTraceId(), start.GetTraceId())
	require.Contains(t, text, "audienceflow-starter")
	require.Contains(t, text, "audienceflow-worker")
	require.Contains(t, text, "deployment.environment")
	require.Contains(t, text, `"429"`)
	lower := strings.ToLower(text)
	for _, contact := range append(contacts, lost) {
		require.NotContains(t, lower, contact)
	}
	for _, secret := range []string{`"secret"`, jwtStart, "bearer", "$filter", "/api/data", "example.org"} {
		require.NotContains(t, text, secret)
	}
}

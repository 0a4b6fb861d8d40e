package tracing

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
)

// collected is what a collector was sent.
type collected struct {
	header http.Header
	path   string
	body   struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []attribute }
			ScopeSpans []struct {
				Spans []struct {
					TraceID, SpanID, Name              string
					StartTimeUnixNano, EndTimeUnixNano string
					Kind                               int
					Attributes                         []attribute
					Status                             struct{ Code int }
				}
			}
		}
	}
}

// collector answers with a status.
func collector(t *testing.T, status int) (string, func() []collected) {
	got := make(chan collected, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := collected{header: r.Header, path: r.URL.Path}
		if json.NewDecoder(r.Body).Decode(&c.body) == nil {
			got <- c
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() (all []collected) {
		close(got)
		for c := range got {
			all = append(all, c)
		}
		return all
	}
}

// call is one span, from its start to its end.
func call(t *testing.T, traces *Tracing, operation string, failed error) map[string]string {
	t.Helper()
	of := tracer{traces: traces}
	s, err := of.StartSpan(&interceptor.TracerStartSpanOptions{Operation: operation, Name: "ActivateAudience", Tags: map[string]string{"temporalWorkflowID": "activate/d/vip"}})
	require.NoError(t, err)
	carried, err := of.MarshalSpan(s)
	require.NoError(t, err)
	s.Finish(&interceptor.TracerFinishSpanOptions{Error: failed})
	return carried
}

func TestSpansAreSentAsACollectorTakesThem(t *testing.T) {
	url, all := collector(t, http.StatusOK)
	traces, err := New(Config{Endpoint: url + "/", Headers: "api-key=a%3Db, x = y", Attributes: "deployment.environment=test"}, "audienceflow-starter", "1.2.3")
	require.NoError(t, err)
	carried := call(t, traces, "StartWorkflow", nil)
	require.NoError(t, traces.Close())
	got := all()
	require.Len(t, got, 1)
	require.Equal(t, tracesPath, got[0].path)
	require.Equal(t, "a=b", got[0].header.Get("api-key"))
	require.Equal(t, "y", got[0].header.Get("x"))
	of := got[0].body.ResourceSpans[0]
	require.Equal(t, attributes(map[string]string{"deployment.environment": "test", "service.name": "audienceflow-starter", "service.version": "1.2.3"}), of.Resource.Attributes)
	s := of.ScopeSpans[0].Spans[0]
	require.Equal(t, "00-"+s.TraceID+"-"+s.SpanID+"-01", carried["traceparent"])
	require.Equal(t, "StartWorkflow:ActivateAudience", s.Name)
	require.Equal(t, attributes(map[string]string{"temporalWorkflowID": "activate/d/vip"}), s.Attributes)
	require.LessOrEqual(t, s.StartTimeUnixNano, s.EndTimeUnixNano)
	require.Zero(t, s.Status.Code)
}

func TestAFailureIsMarkedWithoutItsText(t *testing.T) {
	url, all := collector(t, http.StatusOK)
	traces, err := New(Config{TracesEndpoint: url + "/own", Service: "ours"}, "audienceflow-starter", "1")
	require.NoError(t, err)
	call(t, traces, "SignalWorkflow", errors.New("secret"))
	require.NoError(t, traces.Close())
	got := all()
	require.Equal(t, "/own", got[0].path)
	require.Equal(t, statusError, got[0].body.ResourceSpans[0].ScopeSpans[0].Spans[0].Status.Code)
	text, err := json.Marshal(got[0].body)
	require.NoError(t, err)
	require.NotContains(t, string(text), "secret")
	require.Contains(t, string(text), "ours")
}

func TestRunsOfAScheduleAreNotInTheTraceOfItsMaking(t *testing.T) {
	url, _ := collector(t, http.StatusOK)
	traces, err := New(Config{Endpoint: url}, "p", "1")
	require.NoError(t, err)
	require.Empty(t, call(t, traces, createSchedule, nil))
	require.NoError(t, traces.Close())
}

func TestACollectorThatIsAwayOrRefusesIsToldOf(t *testing.T) {
	url, _ := collector(t, http.StatusUnauthorized)
	for _, endpoint := range []string{url, "http://127.0.0.1:1"} {
		traces, err := New(Config{Endpoint: endpoint, Headers: "api-key=hidden"}, "p", "1")
		require.NoError(t, err)
		call(t, traces, "StartWorkflow", nil)
		err = traces.Close()
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hidden")
	}
}

func TestTracesAreOffUnlessAnEndpointIsSet(t *testing.T) {
	const endpoint = "http://127.0.0.1:1"
	for name, c := range map[string]Config{
		"nothing": {}, "disabled": {Endpoint: endpoint, Disabled: true}, "no exporter": {TracesEndpoint: endpoint, Exporter: "None"},
		"no sample": {Endpoint: endpoint, Sampler: "parentbased_always_off"},
	} {
		traces, err := New(c, "p", "1")
		require.NoError(t, err, name)
		require.Nil(t, traces, name)
		require.Empty(t, traces.Interceptors())
		require.NoError(t, traces.Close())
	}
}

func TestWhatIsWrongIsSaidWithoutItsValue(t *testing.T) {
	for variable, c := range map[string]Config{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        {Endpoint: "collector:4318"},
		"OTEL_EXPORTER_OTLP_HEADERS":         {Endpoint: "http://c", Headers: "hidden"},
		"OTEL_EXPORTER_OTLP_TRACES_HEADERS":  {Endpoint: "http://c", TracesHeaders: "key=%zz"},
		"OTEL_RESOURCE_ATTRIBUTES":           {Endpoint: "http://c", Attributes: "=x"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":        {Endpoint: "http://c", Protocol: "grpc"},
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": {Endpoint: "http://c", TracesProtocol: "grpc"},
	} {
		_, err := New(c, "p", "1")
		require.ErrorContains(t, err, variable)
		require.NotContains(t, err.Error(), "hidden")
	}
}

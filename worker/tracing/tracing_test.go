package tracing

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"audienceflow/dynamics"
	"audienceflow/workflows"
)

// kept is a Tracing whose spans stay in memory.
func kept(t *testing.T) (*Tracing, *tracetest.SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	traces, err := newTracing(sdktrace.WithSpanProcessor(recorder))
	require.NoError(t, err)
	return traces, recorder
}

// TestHistoriesReplayWithTraces has every recorded history replayed by workflows that are traced,
// though they were recorded without.
func TestHistoriesReplayWithTraces(t *testing.T) {
	files, err := filepath.Glob("../../workflows/testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	traces, recorder := kept(t)
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: []interceptor.WorkerInterceptor{traces.interceptor},
	})
	require.NoError(t, err)
	workflows.Register(replayer)
	for _, file := range files {
		text, err := os.Open(file)
		require.NoError(t, err)
		history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
		require.NoError(t, err)
		require.NoError(t, text.Close())
		require.NoError(t, replayer.ReplayWorkflowHistory(nil, history), file)
	}
	require.NotEmpty(t, recorder.Started())
}

func TestAReplayedRunStaysInItsTrace(t *testing.T) {
	traces, _ := kept(t)
	tracer := workflowTracer{tracer: traces.tracer}
	run := uuid.New()
	root := &interceptor.TracerStartSpanOptions{Operation: operationWorkflow, Name: "ActivateAudience", Tags: map[string]string{tagRun: run.String()}}
	spans := map[string]bool{}
	for range 3 {
		span, err := tracer.StartSpan(root)
		require.NoError(t, err)
		context := span.(trace.Span).SpanContext()
		require.Equal(t, trace.TraceID(run), context.TraceID())
		spans[context.SpanID().String()] = true
	}
	require.Len(t, spans, 3)
}

func attributes(span sdktrace.ReadOnlySpan) map[attribute.Key]any {
	all := map[attribute.Key]any{}
	for _, a := range span.Attributes() {
		all[a.Key] = a.Value.AsInterface()
	}
	return all
}

func TestSpansOfRequests(t *testing.T) {
	traces, recorder := kept(t)
	began := dynamics.Exchange{Kind: "update contacts", Method: http.MethodPost, Host: "org.crm4.dynamics.com", Rows: 500}
	for _, end := range []func(*dynamics.Exchange){
		func(x *dynamics.Exchange) { x.Status = http.StatusNoContent },
		func(x *dynamics.Exchange) { x.Status, x.Code, x.RequestID = 429, "0x80072322", "r-1" },
		func(x *dynamics.Exchange) { x.Code = "cut" },
		func(*dynamics.Exchange) {},
	} {
		ended := began
		end(&ended)
		_, done := traces.Request(context.Background(), began)
		done(ended)
	}
	spans := recorder.Ended()
	require.Len(t, spans, 4)
	base := map[attribute.Key]any{"http.request.method": "POST", "server.address": "org.crm4.dynamics.com", "audienceflow.contacts": int64(500)}
	for i, more := range []map[attribute.Key]any{
		{"http.response.status_code": int64(204)},
		{"http.response.status_code": int64(429), "audienceflow.request_id": "r-1", "error.type": "0x80072322"},
		{"error.type": "cut"}, {"error.type": "_OTHER"},
	} {
		for key, value := range base {
			more[key] = value
		}
		require.Equal(t, more, attributes(spans[i]))
		require.Equal(t, "update contacts", spans[i].Name())
		require.Equal(t, i > 0, spans[i].Status().Code == codes.Error)
		require.Empty(t, spans[i].Status().Description)
	}
}

func TestTracesAreOffUnlessAnEndpointIsSet(t *testing.T) {
	for name, c := range map[string]Config{
		"nothing": {}, "disabled": {Endpoint: "http://127.0.0.1:1", Disabled: true}, "another exporter": {TracesEndpoint: "http://127.0.0.1:1", Exporter: "none"},
	} {
		traces, err := New(t.Context(), c, "worker", "1")
		require.NoError(t, err, name)
		require.Nil(t, traces, name)
		require.Empty(t, traces.Interceptors())
		traces.Close()
	}
	require.ErrorContains(t, Config{Endpoint: "http://127.0.0.1:4317", Protocol: "grpc"}.Check(), "4318")
	require.NoError(t, Config{Protocol: "grpc"}.Check(), "of others, while nothing is sent")
}

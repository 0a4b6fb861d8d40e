package tracing

import (
	"context"
	"crypto/rand"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

const (
	operationWorkflow = "RunWorkflow"
	tagRun            = "temporalRunID"
)

// workflowTracer is Temporal's own, but that the trace of a run which nobody else traces has the
// run's id: a workflow that is replayed, after a restart or on another worker, goes on in its trace.
type workflowTracer struct {
	interceptor.Tracer
	tracer trace.Tracer
}

func newInterceptor(t trace.Tracer) (interceptor.Interceptor, error) {
	usual, err := opentelemetry.NewTracer(options(t))
	if err != nil {
		return nil, err
	}
	return interceptor.NewTracingInterceptor(workflowTracer{usual, t}), nil
}

// options leaves out queries, which people's terminals ask every second, and baggage, which is
// somebody else's. A header that another library wrote is no reason to fail.
func options(t trace.Tracer) opentelemetry.TracerOptions {
	return opentelemetry.TracerOptions{Tracer: t, DisableQueryTracing: true, DisableBaggage: true, AllowInvalidParentSpans: true}
}

// StartSpan implements interceptor.Tracer.
func (w workflowTracer) StartSpan(o *interceptor.TracerStartSpanOptions) (interceptor.TracerSpan, error) {
	run, err := uuid.Parse(o.Tags[tagRun])
	if o.Operation != operationWorkflow || o.Parent != nil || err != nil {
		return w.Tracer.StartSpan(o)
	}
	rooted := options(w.tracer)
	rooted.SpanStarter = func(ctx context.Context, t trace.Tracer, name string, opts ...trace.SpanStartOption) trace.Span {
		_, span := t.Start(context.WithValue(ctx, traceKey{}, trace.TraceID(run)), name, opts...)
		return span
	}
	root, err := opentelemetry.NewTracer(rooted)
	if err != nil {
		return nil, err
	}
	return root.StartSpan(o)
}

type traceKey struct{}

// generator takes a trace's id from the context, if it is there, and else makes one.
type generator struct{}

// NewIDs implements sdktrace.IDGenerator.
func (g generator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, ok := ctx.Value(traceKey{}).(trace.TraceID)
	if !ok || !id.IsValid() {
		fill(id[:])
	}
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID implements sdktrace.IDGenerator.
func (generator) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	fill(id[:])
	return id
}

// fill makes an id that is not all zeros, which stands for none.
func fill(id []byte) {
	_, _ = rand.Read(id) // it does not fail
	id[0] |= 1
}

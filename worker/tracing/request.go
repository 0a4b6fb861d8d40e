package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"audienceflow/dynamics"
)

// Request makes a span of each request to Dynamics and its sign-in, as dynamics.Config.Trace. Its
// path and query hold ids and are left out, and so is all text of Dynamics.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/
func (t *Tracing) Request(ctx context.Context, began dynamics.Exchange) (context.Context, func(dynamics.Exchange)) {
	attributes := []attribute.KeyValue{attribute.String("http.request.method", began.Method)}
	if began.Host != "" {
		attributes = append(attributes, attribute.String("server.address", began.Host))
	}
	if began.Rows > 0 {
		attributes = append(attributes, attribute.Int("audienceflow.contacts", began.Rows))
	}
	ctx, span := t.tracer.Start(ctx, began.Kind, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, func(ended dynamics.Exchange) {
		if ended.Status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", ended.Status))
		}
		if ended.RequestID != "" {
			span.SetAttributes(attribute.String("audienceflow.request_id", ended.RequestID))
		}
		if ended.Status == 0 || ended.Status >= http.StatusBadRequest || ended.Code != "" {
			span.SetAttributes(attribute.String("error.type", errorType(ended)))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// errorType is the code of a failure, else its HTTP status.
func errorType(x dynamics.Exchange) string {
	switch {
	case x.Code != "":
		return x.Code
	case x.Status != 0:
		return http.StatusText(x.Status)
	}
	return "_OTHER"
}

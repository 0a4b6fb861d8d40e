// Package tracing begins OpenTelemetry traces in a command: a span for each workflow that it starts
// or signals, whose context Temporal carries to the workflow, so that the worker's spans are below
// it. OpenTelemetry's SDK and exporter would add a megabyte to the starter, so spans are made here,
// by Temporal's interceptor, and sent as OTLP's JSON. Nothing of a contact, and no secret, is in
// them. It knows Temporal's client and nothing of commands.
package tracing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/interceptor"
)

// Config is of OpenTelemetry's own variables. Commands are few, so each is sampled.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
type Config struct {
	Endpoint       string `envconfig:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Protocol       string `envconfig:"OTEL_EXPORTER_OTLP_PROTOCOL"`
	TracesProtocol string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"`
	Headers        string `envconfig:"OTEL_EXPORTER_OTLP_HEADERS"`
	TracesHeaders  string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_HEADERS"`
	Attributes     string `envconfig:"OTEL_RESOURCE_ATTRIBUTES"`
	Service        string `envconfig:"OTEL_SERVICE_NAME"`
	Exporter       string `envconfig:"OTEL_TRACES_EXPORTER"`
	Sampler        string `envconfig:"OTEL_TRACES_SAMPLER"`
	Disabled       bool   `envconfig:"OTEL_SDK_DISABLED"`
}

// on reports whether spans are made.
func (c Config) on() bool {
	return !c.Disabled && !strings.EqualFold(c.Exporter, "none") && !strings.HasSuffix(c.Sampler, "always_off") &&
		(c.Endpoint != "" || c.TracesEndpoint != "")
}

// Tracing sends the spans of a command. Nil sends none.
type Tracing struct {
	exporter
	sending sync.WaitGroup
	mu      sync.Mutex
	failed  error // the first one
}

// New makes that of a program in a version; nil where no endpoint is set. It connects to nothing.
func New(c Config, program, version string) (*Tracing, error) {
	if !c.on() {
		return nil, nil //nolint:nilnil // off
	}
	e, err := newExporter(c, program, version)
	if err != nil {
		return nil, err
	}
	return &Tracing{exporter: e}, nil
}

// Interceptors are those of the Temporal client whose calls are to be traced.
func (t *Tracing) Interceptors() []interceptor.ClientInterceptor {
	if t == nil {
		return nil
	}
	return []interceptor.ClientInterceptor{interceptor.NewTracingInterceptor(tracer{traces: t})}
}

// Close waits, for a few seconds at most, until all spans are sent, and gives the first error.
func (t *Tracing) Close() error {
	if t == nil {
		return nil
	}
	t.sending.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// ended sends a span while the command goes on.
func (t *Tracing) ended(s *span) {
	t.sending.Go(func() {
		if err := t.send(s); err != nil {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.failed == nil {
				t.failed = err
			}
		}
	})
}

// header is the one that OpenTelemetry's interceptor for Temporal reads.
const header = "_tracer-data"

// createSchedule is the operation whose header would go to each run that a schedule starts.
const createSchedule = "CreateSchedule"

type spanKey struct{}

// tracer makes spans of what the client does.
type tracer struct {
	interceptor.BaseTracer
	traces *Tracing
}

// span is one call of the client.
type span struct {
	trace      [16]byte
	id         [8]byte
	name       string
	tags       map[string]string
	began, end time.Time
	err        error
	traces     *Tracing
}

// Finish implements interceptor.TracerSpan.
func (s *span) Finish(o *interceptor.TracerFinishSpanOptions) {
	s.end, s.err = time.Now(), o.Error
	s.traces.ended(s)
}

// Options leaves out queries, which a followed run is asked every second.
func (tracer) Options() interceptor.TracerOptions {
	return interceptor.TracerOptions{SpanContextKey: spanKey{}, HeaderKey: header, DisableQueryTracing: true}
}

// StartSpan implements interceptor.Tracer.
func (t tracer) StartSpan(o *interceptor.TracerStartSpanOptions) (interceptor.TracerSpan, error) {
	s := &span{name: t.SpanName(o), tags: o.Tags, began: time.Now(), traces: t.traces}
	_, _ = rand.Read(s.trace[:]) // it does not fail
	_, _ = rand.Read(s.id[:])
	s.trace[0], s.id[0] = s.trace[0]|1, s.id[0]|1 // all zeros stand for none
	return s, nil
}

// MarshalSpan gives what the worker goes on with.
// https://www.w3.org/TR/trace-context/#traceparent-header
func (tracer) MarshalSpan(of interceptor.TracerSpan) (map[string]string, error) {
	s, ok := of.(*span)
	if !ok {
		return nil, fmt.Errorf("a span of another kind: %T", of)
	}
	if strings.HasPrefix(s.name, createSchedule) { // else all of its runs would be in one trace
		return nil, nil
	}
	return map[string]string{"traceparent": "00-" + hex.EncodeToString(s.trace[:]) + "-" + hex.EncodeToString(s.id[:]) + "-01"}, nil
}

// UnmarshalSpan takes no span from elsewhere: a command is the first.
func (tracer) UnmarshalSpan(map[string]string) (interceptor.TracerSpanRef, error) { return nil, nil } //nolint:nilnil // none

// SpanFromContext implements interceptor.Tracer.
func (tracer) SpanFromContext(ctx context.Context) interceptor.TracerSpan {
	if s, ok := ctx.Value(spanKey{}).(*span); ok {
		return s
	}
	return nil
}

// ContextWithSpan implements interceptor.Tracer.
func (tracer) ContextWithSpan(ctx context.Context, s interceptor.TracerSpan) context.Context {
	return context.WithValue(ctx, spanKey{}, s)
}

// Package tracing sends OpenTelemetry traces of a worker's runs over OTLP: the workflow, its
// activities, and below them each request to Dynamics. Nothing of a contact, and no secret, is in
// them.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/interceptor"
)

// Config is what decides, of OpenTelemetry's own variables, whether anything is sent. The rest
// (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES and so on) is read by
// its library.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
type Config struct {
	Endpoint       string `envconfig:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Protocol       string `envconfig:"OTEL_EXPORTER_OTLP_PROTOCOL"`
	TracesProtocol string `envconfig:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"`
	Exporter       string `envconfig:"OTEL_TRACES_EXPORTER"`
	Disabled       bool   `envconfig:"OTEL_SDK_DISABLED"`
}

// protocolHTTP is the one that is spoken: the other, gRPC, has a port of its own at collectors.
const protocolHTTP = "http/protobuf"

// Check says what is wrong with the configuration.
func (c Config) Check() error {
	if !c.on() {
		return nil
	}
	for _, setting := range []struct{ name, value string }{
		{"OTEL_EXPORTER_OTLP_PROTOCOL", c.Protocol}, {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", c.TracesProtocol},
	} {
		if setting.value != "" && setting.value != protocolHTTP {
			return fmt.Errorf("%s is %q: only %s is spoken, at collectors on port 4318", setting.name, setting.value, protocolHTTP)
		}
	}
	return nil
}

func (c Config) on() bool {
	return !c.Disabled && !strings.EqualFold(c.Exporter, "none") && (c.Endpoint != "" || c.TracesEndpoint != "")
}

// Tracing sends the spans of a worker. Nil sends none.
type Tracing struct {
	provider    *sdktrace.TracerProvider
	tracer      trace.Tracer
	interceptor interceptor.Interceptor
}

// scope names who makes the spans.
const scope = "audienceflow"

// New makes that of a program in a version; nil where no endpoint is set. It connects to nothing:
// an endpoint that is away loses spans, and work goes on.
func New(ctx context.Context, c Config, program, version string) (*Tracing, error) {
	if !c.on() {
		return nil, nil //nolint:nilnil // off
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_*: %w", err)
	}
	who := resource.NewSchemaless(attribute.String("service.name", program), attribute.String("service.version", version))
	who, err = mergeEnvironment(ctx, who)
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(tell()))
	return newTracing(sdktrace.WithBatcher(exporter), sdktrace.WithResource(who))
}

// newTracing makes one that sends where the options say.
func newTracing(options ...sdktrace.TracerProviderOption) (*Tracing, error) {
	t := &Tracing{provider: sdktrace.NewTracerProvider(append(options, sdktrace.WithIDGenerator(generator{}))...)}
	t.tracer = t.provider.Tracer(scope)
	var err error
	t.interceptor, err = newInterceptor(t.tracer)
	return t, err
}

// mergeEnvironment lets OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME add to, and go before, what
// the program says of itself.
func mergeEnvironment(ctx context.Context, own *resource.Resource) (*resource.Resource, error) {
	set, err := resource.New(ctx, resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return resource.Merge(own, set)
}

// tellEvery bounds how often a collector that is away is told of.
const tellEvery = time.Minute

// tell logs what keeps spans from being sent, now and then.
func tell() func(error) {
	gate := make(chan time.Time, 1)
	gate <- time.Time{}
	return func(err error) {
		last := <-gate
		if now := time.Now(); now.Sub(last) > tellEvery {
			last = now
			slog.Warn("traces are not sent", "error", err, "fix", "check OTEL_EXPORTER_OTLP_ENDPOINT; runs go on without traces")
		}
		gate <- last
	}
}

// Interceptors are those of a Temporal client whose workers are to be traced.
func (t *Tracing) Interceptors() []interceptor.ClientInterceptor {
	if t == nil {
		return nil
	}
	return []interceptor.ClientInterceptor{t.interceptor}
}

// closeTime bounds the sending of what is left.
const closeTime = 5 * time.Second

// Close sends what is left.
func (t *Tracing) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		slog.Warn("the last traces were not sent", "error", err)
	}
}

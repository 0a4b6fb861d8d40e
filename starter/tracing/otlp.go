package tracing

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// tracesPath is where collectors take spans.
	tracesPath = "/v1/traces"
	// sendTime bounds what a collector that is away costs a command.
	sendTime = 3 * time.Second
	// mostAnswer bounds what is read of its answer.
	mostAnswer = 64 << 10

	kindClient  = 3
	statusError = 2
)

// exporter sends spans by OTLP over HTTP, in JSON.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
type exporter struct {
	url      string
	headers  map[string]string
	resource []attribute
	client   *http.Client
}

func newExporter(c Config, program, version string) (exporter, error) {
	e := exporter{url: c.TracesEndpoint, client: &http.Client{Timeout: sendTime}}
	if e.url == "" {
		e.url = strings.TrimSuffix(c.Endpoint, "/") + tracesPath
	}
	if u, err := url.Parse(e.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return e, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT is no http:// or https:// URL: give the collector's, such as http://127.0.0.1:4318")
	}
	for variable, protocol := range map[string]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL": c.Protocol, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": c.TracesProtocol,
	} {
		if protocol != "" && !strings.HasPrefix(protocol, "http/") {
			return e, fmt.Errorf("%s is %q: only OTLP over HTTP is spoken, at collectors on port 4318", variable, protocol)
		}
	}
	var err error
	if e.headers, err = pairs("OTEL_EXPORTER_OTLP_HEADERS", c.Headers); err != nil {
		return e, err
	}
	more, err := pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS", c.TracesHeaders)
	if err != nil {
		return e, err
	}
	for name, value := range more {
		e.headers[name] = value
	}
	who, err := pairs("OTEL_RESOURCE_ATTRIBUTES", c.Attributes)
	if err != nil {
		return e, err
	}
	for name, value := range map[string]string{"service.name": program, "service.version": version} {
		if who[name] == "" {
			who[name] = value
		}
	}
	if c.Service != "" {
		who["service.name"] = c.Service
	}
	e.resource = attributes(who)
	return e, nil
}

// pairs reads a list of name=value, whose values may be percent-encoded. Its error shows no value:
// headers hold keys of collectors.
func pairs(variable, list string) (map[string]string, error) {
	all := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || name == "" || err != nil {
			return nil, fmt.Errorf("%s is no list of name=value, separated by commas", variable)
		}
		all[name] = value
	}
	return all, nil
}

type attribute struct {
	Key   string `json:"key"`
	Value struct {
		Text string `json:"stringValue"`
	} `json:"value"`
}

// attributes are sorted by their names.
func attributes(of map[string]string) []attribute {
	all := make([]attribute, 0, len(of))
	for key, value := range of {
		a := attribute{Key: key}
		a.Value.Text = value
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b attribute) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// send sends a span. Its error shows neither the collector's answer nor a header.
func (e exporter) send(s *span) error {
	type object = map[string]any
	sent := object{
		"traceId": hex.EncodeToString(s.trace[:]), "spanId": hex.EncodeToString(s.id[:]), "name": s.name, "kind": kindClient,
		"startTimeUnixNano": strconv.FormatInt(s.began.UnixNano(), 10), "endTimeUnixNano": strconv.FormatInt(s.end.UnixNano(), 10),
		"attributes": attributes(s.tags),
	}
	if s.err != nil {
		sent["status"] = object{"code": statusError}
	}
	body, err := json.Marshal(object{"resourceSpans": []any{object{
		"resource":   object{"attributes": e.resource},
		"scopeSpans": []any{object{"scope": object{"name": "audienceflow"}, "spans": []any{sent}}},
	}}})
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range e.headers {
		request.Header.Set(name, value)
	}
	answer, err := e.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)) // only its status counts
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the collector answered %s", answer.Status)
	}
	return nil
}

package receive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/monitoring"
	"audienceflow/store/inbox"
)

// Accepted answers a request that was taken. Received counts its profiles; of them, Ignored those
// of no mapped audience, and Rejected those that cannot be used: they are put aside with their
// reasons.
type Accepted struct {
	Received int64 `json:"received"`
	Ignored  int64 `json:"ignored"`
	Rejected int64 `json:"rejected"`
}

// problem answers a request that was not taken. Its text holds nothing of the body.
type problem struct {
	Error string `json:"error"`
}

// retryAfter is what a sender that decides for itself is told to wait, in seconds; AEP has its own
// rhythm.
const retryAfter = "5"

// refusal is why a request is not taken.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return r.text }

func refuse(code int, format string, args ...any) error {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// profiles takes a body of profiles. 202 is the answer only when all that can be used of it is in
// the store.
func (s *Server) profiles(w http.ResponseWriter, r *http.Request) {
	accepted, err := s.take(w, r)
	var refused *refusal
	switch {
	case err == nil:
		s.metrics.count(r.PathValue("destination"), accepted)
		if accepted.Ignored > 0 && accepted.Ignored == accepted.Received {
			s.unmapped.note(r.PathValue("destination"), senderOf(r.Context()), accepted.Ignored)
			s.metrics.unmapped.WithLabelValues(r.PathValue("destination"), senderOf(r.Context())).Inc()
		}
		monitoring.Answer(w, http.StatusAccepted, accepted)
		return
	case !errors.As(err, &refused):
		slog.Warn("profiles could not be kept", "error", err)
		refused = &refusal{http.StatusServiceUnavailable, "the store is slow or gone: send the same again later"}
	}
	if refused.code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Connection", "close") // what is left of the body is not worth reading
	monitoring.Answer(w, refused.code, problem{refused.text})
}

var (
	plainOrGzip = refuse(http.StatusUnsupportedMediaType, "send the body plain or with Content-Encoding: gzip")
	gzipMagic   = []byte{0x1f, 0x8b}
	zstdMagic   = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

func (s *Server) take(w http.ResponseWriter, r *http.Request) (Accepted, error) {
	destination := r.PathValue("destination")
	mapped := s.mapped.of(destination)
	if len(mapped) == 0 {
		return Accepted{}, refuse(http.StatusNotFound, "no activation file with stream: true names destination %q", clip(destination))
	}
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity", "gzip", "x-gzip":
	default:
		return Accepted{}, plainOrGzip
	}
	body, release, err := s.body(w, r)
	defer release()
	switch {
	case err != nil:
		return Accepted{}, err
	case bytes.HasPrefix(body, zstdMagic): // files may be packed so
		return Accepted{}, plainOrGzip
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.o.AnswerTime)
	defer cancel()
	decoded, err := s.decode(ctx, body, mapped)
	if err != nil {
		return Accepted{}, err
	}
	return s.keep(ctx, destination, mapped, decoded)
}

// body reads the whole body, within its own bound and that of all bodies together.
func (s *Server) body(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d MiB: send fewer profiles at once", maxBody>>20)
	held := int64(0)
	release = func() { s.budget.Release(held) }
	if r.ContentLength > maxBody {
		return nil, release, tooLarge
	}
	var buffer bytes.Buffer
	limited := http.MaxBytesReader(w, r.Body, maxBody)
	for {
		if !s.budget.TryAcquire(bodyStep) {
			return nil, release, refuse(http.StatusServiceUnavailable, "too many profiles are being received at once: send the same again later")
		}
		held += bodyStep
		n, err := io.CopyN(&buffer, limited, bodyStep)
		var over *http.MaxBytesError
		switch {
		case errors.As(err, &over):
			return nil, release, tooLarge
		case errors.Is(err, io.EOF):
			return buffer.Bytes(), release, nil
		case err != nil:
			return nil, release, refuse(http.StatusBadRequest, "the body did not arrive whole: %d bytes did", int64(buffer.Len())+n)
		}
	}
}

// received is a decoded body and when it arrived.
type received struct {
	source.Decoded
	at time.Time
}

func (s *Server) decode(ctx context.Context, body []byte, mapped []mapping) (received, error) {
	busy := refuse(http.StatusServiceUnavailable, "too many profiles are being read at once: send the same again later")
	if large(body) {
		if err := s.decoding.Acquire(ctx, 1); err != nil {
			return received{}, busy
		}
		defer s.decoding.Release(1)
	}
	list := make([]audience.Activation, len(mapped))
	seen := make([]*source.Seen, len(mapped))
	for i, m := range mapped {
		list[i] = m.activation
		if o := s.observed.of(m); o != nil {
			seen[i] = &o.seen
			defer o.release()
		}
	}
	at := s.o.Now().UTC().Truncate(time.Microsecond)
	decoded, err := source.DecodeProfiles(ctx, bytes.NewReader(body), list, source.DecodeOptions{Now: at, MaxBytes: maxBody, MaxRecords: maxRecords, Seen: seen})
	var bad *source.BodyError
	switch {
	case ctx.Err() != nil:
		return received{}, busy
	case errors.As(err, &bad) && bad.TooLarge:
		return received{}, refuse(http.StatusRequestEntityTooLarge, "%s", bad.Message)
	case err != nil:
		return received{}, refuse(http.StatusBadRequest, "%s", err)
	}
	return received{decoded, at}, nil
}

// large tells whether a body may take long to decode.
func large(body []byte) bool {
	if bytes.HasPrefix(body, gzipMagic) {
		return len(body) > smallPacked
	}
	return len(body) > smallBody
}

// keep puts memberships into the inbox, also those that cannot be used: their audience's report
// tells of them.
func (s *Server) keep(ctx context.Context, destination string, mapped []mapping, d received) (Accepted, error) {
	accepted := Accepted{Received: d.Received, Ignored: d.Ignored, Rejected: int64(len(d.Unreadable))}
	events := make([]inbox.Event, len(d.Records))
	excluded := int64(-1) // the position of the last profile counted as rejected
	for i, r := range d.Records {
		m := mapped[r.Activation]
		events[i] = inbox.Event{StreamKey: m.key(), Version: m.version, Arrived: d.at, Record: r.Record}
		if r.Record.Kind == audience.RecordExcluded && r.Record.Position != excluded {
			accepted.Rejected++
			excluded = r.Record.Position
		}
	}
	unreadable := make([]inbox.Unreadable, len(d.Unreadable))
	for i, r := range d.Unreadable {
		unreadable[i] = inbox.Unreadable{Destination: destination, Arrived: d.at, Record: r}
	}
	if len(events)+len(unreadable) == 0 {
		return accepted, nil
	}
	return accepted, s.collector.keep(ctx, rows{events, unreadable})
}

// clipLength is how much of a sender's own words is repeated to it.
const clipLength = 64

func clip(s string) string {
	if len(s) > clipLength {
		return s[:clipLength]
	}
	return s
}

package receive

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"audienceflow/monitoring"
	"audienceflow/runs"
	"audienceflow/store/inbox"
)

const (
	// maxBody is the largest body that is taken, before and after unpacking.
	maxBody = 10 << 20
	// maxRecords is the most records that a body may hold, and the most memberships that they may
	// give. No body of whole profiles comes near, but a few bytes of JSON may be one.
	maxRecords = 100_000
	// bodyBudget bounds the bodies in memory at once, bodyStep is what one of them takes of it at a
	// time: little, so that senders who dribble hold little.
	bodyBudget = 64 << 20
	bodyStep   = 4 << 10
	// decoders is how many large bodies are decoded at once: decoding is all processor, and what
	// comes out is larger than what goes in. Small ones do not wait for them; a packed one may
	// become a thousand times as large.
	decoders    = 2
	smallBody   = 64 << 10
	smallPacked = 4 << 10
	// answerTime is when a sender gets its answer at the latest, counted from the end of its body.
	// Two seconds are promised.
	answerTime = 1500 * time.Millisecond

	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	idleTime   = 2 * time.Minute
	// maxHeader is plenty for a token.
	maxHeader = 16 << 10
)

// Inbox is what the front needs of the store.
type Inbox interface {
	Receive(ctx context.Context, events []inbox.Event, unreadable []inbox.Unreadable) ([]inbox.StreamKey, error)
	Streams(ctx context.Context) ([]inbox.StreamState, error)
	RegisterStream(ctx context.Context, key inbox.StreamKey, activation []byte) (int64, error)
	CountUnmapped(ctx context.Context, list []runs.UnmappedBodies) error
	NoteStream(ctx context.Context, key inbox.StreamKey, notes string) error
}

// Options are what a Server works with.
type Options struct {
	Inbox Inbox
	Waker Waker
	// Activations is the folder of activation files.
	Activations string
	// Tokens are those that sign a sender in, TokensFile is a file with the names and the hashes of
	// further ones, which is read anew when it has changed. Without both, every sender is let in.
	Tokens     []string
	TokensFile string
	// Now is the clock of arrivals; nil: the wall clock.
	Now func() time.Time
	// AnswerTime is when a sender is answered at the latest, SweepEvery how often dirty streams are
	// looked for, LookEvery how often the folder of activation files is; zero: the usual times.
	AnswerTime, SweepEvery, LookEvery time.Duration
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.AnswerTime = cmp.Or(o.AnswerTime, answerTime)
	o.SweepEvery = cmp.Or(o.SweepEvery, sweepEvery)
	o.LookEvery = cmp.Or(o.LookEvery, lookEvery)
	return o
}

// Server receives profiles. Run it, and serve its Handler.
type Server struct {
	o         Options
	tokens    *tokens
	strangers *strangers
	mapped    *activations
	collector *collector
	alarm     *alarm
	unmapped  *unmapped
	observed  *observed
	metrics   *metrics
	budget    *semaphore.Weighted
	decoding  *semaphore.Weighted
}

// New reads the activation files and registers their streams. Its error says what is wrong with
// which file.
func New(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	signing, err := newTokens(o.Tokens, o.TokensFile)
	if err != nil {
		return nil, err
	}
	mapped, err := loadActivations(ctx, o.Activations, o.Inbox)
	if err != nil {
		return nil, err
	}
	alarm := newAlarm(o.Inbox, o.Waker)
	return &Server{
		o: o, tokens: signing, strangers: newStrangers(o.Now), mapped: mapped, alarm: alarm, collector: newCollector(o.Inbox, alarm.ring),
		unmapped: newUnmapped(o.Inbox, o.Now), observed: newObserved(o.Inbox), metrics: newMetrics(o.Inbox, o.Now), budget: semaphore.NewWeighted(bodyBudget), decoding: semaphore.NewWeighted(decoders),
	}, nil
}

// Run keeps what is received, wakes streams and watches the activation files until ctx ends. Stop
// serving before: what is still being received then is answered with 503.
func (s *Server) Run(ctx context.Context) {
	ended := make(chan struct{}, 4)
	go func() { s.mapped.watch(ctx, s.o.LookEvery); ended <- struct{}{} }()
	go func() { s.alarm.run(ctx, s.o.SweepEvery); ended <- struct{}{} }()
	go func() { s.unmapped.run(ctx); ended <- struct{}{} }()
	go func() { s.observed.run(ctx); ended <- struct{}{} }()
	s.collector.run(ctx)
	<-ended
	<-ended
	<-ended
	<-ended
}

// Handler serves the endpoint, health and metrics.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/destinations/{destination}/profiles", s.metrics.observed(s.guard(http.HandlerFunc(s.profiles))))
	mux.HandleFunc("/v1/destinations/{destination}/profiles", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", http.MethodPost)
		monitoring.Answer(w, http.StatusMethodNotAllowed, problem{"send profiles with POST"})
	})
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) {
		monitoring.Answer(w, http.StatusNotFound, problem{"profiles are sent to /v1/destinations/{destination}/profiles"})
	})
	health := &monitoring.Health{Time: s.o.AnswerTime}
	health.Add(monitoring.Check{Name: "store", Ready: s.ready})
	health.Register(mux)
	monitoring.ServeMetrics(mux, s.metrics.registry)
	return mux
}

// HTTP gives a server for the handler, with time-outs that keep slow and silent clients from piling
// up.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: bodyTime + 2*answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
}

// ready says whether profiles can be kept.
func (s *Server) ready(ctx context.Context) error {
	if _, err := s.o.Inbox.Streams(ctx); err != nil {
		return errors.New("the store does not answer")
	}
	return nil
}

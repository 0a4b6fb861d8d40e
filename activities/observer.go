package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics"
	"audienceflow/runs"
)

// Observer is told what the steps of a destination get done, for whoever measures. What is repeated
// after a crash may be told again: the store's numbers are the true ones.
type Observer interface {
	// Sent counts contacts whose fate in Dynamics was booked.
	Sent(activated, failed int)
	// BatchEnded tells how an attempt at a batch ended, BatchDone or another of these words.
	BatchEnded(result string, took time.Duration)
	// Decided gives the numbers of a run, or of a part of a stream, when it is over.
	Decided(n runs.Numbers)
	// RunEnded tells of a run, of which kind and with which status.
	RunEnded(kind, status string)
	// Validated tells a verdict.
	Validated(verdict string)
}

// How an attempt at a batch ends.
const (
	BatchDone     = "done"
	BatchReturned = "given back" // rows of it are left for another attempt: a pause, a stop, others' contacts, its time
	BatchFailed   = "failed"
)

// observer is the one that was given, or nobody.
func (o Options) observer() Observer {
	if o.Observer == nil {
		return nobody{}
	}
	return o.Observer
}

type nobody struct{}

func (nobody) Sent(int, int)                    {}
func (nobody) BatchEnded(string, time.Duration) {}
func (nobody) Decided(runs.Numbers)             {}
func (nobody) RunEnded(string, string)          {}
func (nobody) Validated(string)                 {}

// observed tells how an attempt at a batch ends, and logs one that has failed.
func (s *Sending) observed(ctx context.Context, in UpdateContactsInput) (UpdateContactsResult, error) {
	began := time.Now()
	out, err := s.update(ctx, in)
	result := BatchDone
	switch {
	case err != nil && passing(err):
		result = BatchReturned
	case err != nil:
		result = BatchFailed
		s.logFailed(ctx, in, err)
	case out.Pending > 0:
		result = BatchReturned
	}
	s.o.observer().BatchEnded(result, time.Since(began))
	return out, err
}

// passing is true of errors that say that a batch has to wait, and of being told to stop.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) {
		return true
	}
	var told *temporal.ApplicationError
	return errors.As(translate(err), &told) && told.Category() == temporal.ApplicationErrorCategoryBenign
}

func (s *Sending) logFailed(ctx context.Context, in UpdateContactsInput, err error) {
	fields := []any{"run", in.Run, "destination", s.o.Destination.Name, "batch", in.Batch, "error", translate(err)}
	if settings, err := s.runs.of(ctx, in.Run); err == nil {
		fields = append(fields, "audience", settings.Activation.Audience)
	}
	var remote *dynamics.Error
	if errors.As(err, &remote) && remote.RequestID != "" {
		fields = append(fields, "requestId", remote.RequestID)
	}
	activity.GetLogger(ctx).Warn("a batch has failed and is tried again", fields...)
}

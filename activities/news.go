package activities

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
)

// SignalNews is the signal by which a step that takes long tells its workflow how it gets on.
// Temporal shows a workflow only what the workflow knows itself.
const SignalNews = "news"

// News is how a step gets on: counts and causes, as they stand in heartbeats and failures, too.
type News struct {
	Step string `json:"step"`
	// Retrying is what has failed and is being tried again, Attempt how often it was tried, Next
	// about when it is again.
	Retrying string    `json:"retrying,omitempty"`
	Attempt  int32     `json:"attempt,omitempty"`
	Next     time.Time `json:"next,omitzero"`
	// Backoff is set where the tries after that come by themselves, and few of them are told.
	Backoff bool `json:"backoff,omitempty"`
	// Done are the records, or contacts, that are done with, Of all of them as far as that is
	// known.
	Done  int64     `json:"done,omitempty"`
	Of    int64     `json:"of,omitempty"`
	Since time.Time `json:"since"` // the step has been at it, or has failed, since then
	// Until is when the step goes on that waits for rows whose fate is not known.
	Until time.Time `json:"until,omitzero"`
	// Numbers are those of the whole run, as counted while a batch of it was being sent.
	Numbers *runs.Numbers `json:"numbers,omitempty"`
}

// Tell tells a workflow the news of one of its steps.
type Tell func(ctx context.Context, workflowID, run string, news News) error

// Spread is a context under which steps tell their workflows how they get on.
func Spread(ctx context.Context, tell Tell) context.Context {
	return context.WithValue(ctx, teller{}, &spread{tell: tell, told: map[string]time.Time{}})
}

type teller struct{}

const (
	// newsEvery is how often one step at least is silent before its next news; they come more
	// rarely the longer it lasts.
	newsEvery = 20 * time.Second
	// newsTime bounds the telling, which harms nobody where it fails.
	newsTime = 5 * time.Second
	// longRetry is a wait that is told of although the step has not failed often.
	longRetry = 20 * time.Second
)

// toldAttempts are the attempts after which a failure is told: the first ones pass by themselves.
var toldAttempts = []int32{3, 10, 30, 100, 300, 1000, 3000, 10000}

// listening are the types of workflows that want to hear of their steps.
var listening = []string{runs.ActivateAudienceType, runs.StreamAudienceType, runs.ValidateExportType}

// untold are waits of steps for one another, or that reports tell of themselves.
var untold = []string{ErrDestinationPaused, ErrContactsInFlight, ErrAttemptLost}

type spread struct {
	tell Tell
	mu   sync.Mutex
	told map[string]time.Time // of each run, when its steps were last told to be failing
}

// once reports whether a failure of a run's many steps is to be told now.
func (s *spread) once(run string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.told[run]; ok && now.Sub(last) < newsEvery {
		return false
	}
	if len(s.told) > cachedRuns {
		clear(s.told)
	}
	s.told[run] = now
	return true
}

func (s *spread) send(ctx context.Context, info activity.Info, news News) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), newsTime)
	defer cancel()
	news.Step = info.ActivityType.Name
	_ = s.tell(ctx, info.WorkflowExecution.ID, info.WorkflowExecution.RunID, news)
}

// hears gives who tells the workflow of a step, nil where nobody does.
func hears(ctx context.Context, info activity.Info) *spread {
	s, _ := ctx.Value(teller{}).(*spread)
	if s == nil || info.WorkflowType == nil || !slices.Contains(listening, info.WorkflowType.Name) {
		return nil
	}
	return s
}

// tellFailure tells the workflow of a step that has failed and will be tried again.
func tellFailure(ctx context.Context, err error) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.NonRetryable() || slices.Contains(untold, app.Type()) {
		return
	}
	info := activity.GetInfo(ctx)
	s := hears(ctx, info)
	if s == nil {
		return
	}
	wait := app.NextRetryDelay()
	told := slices.Contains(toldAttempts, info.Attempt) || wait >= longRetry
	if now := time.Now(); told && s.once(info.WorkflowExecution.RunID, now) {
		backoff := wait == 0
		if backoff { // as the retry policy has it: twice as long each time, up to a minute
			wait = min(time.Minute, time.Second<<min(info.Attempt-1, 6))
		}
		s.send(ctx, info, News{Retrying: app.Message(), Attempt: info.Attempt, Next: now.Add(wait).UTC(), Backoff: backoff,
			Since: info.ScheduledTime.UTC()})
	}
}

// pulse is what a step under way shows of itself.
type pulse struct {
	last  atomic.Pointer[progress]
	began time.Time
	told  time.Time // by the goroutine that advances it
}

type pulseKey struct{}

// pulseOf gives the pulse of the step that ctx is of; nil where it is of none.
func pulseOf(ctx context.Context) *pulse {
	beating, _ := ctx.Value(pulseKey{}).(*pulse)
	return beating
}

// advance notes how far a step is: its heartbeats say so from now on, and now and then its workflow
// is told.
func advance(ctx context.Context, p progress) {
	activity.RecordHeartbeat(ctx, p)
	beating := pulseOf(ctx)
	if beating == nil {
		return
	}
	beating.last.Store(&p)
	now := time.Now()
	lasts := now.Sub(beating.began)
	if lasts < newsEvery/2 || now.Sub(beating.told) < max(newsEvery, lasts/5) {
		return
	}
	info := activity.GetInfo(ctx)
	if s := hears(ctx, info); s != nil {
		beating.told = now
		s.send(ctx, info, News{Done: p.Done, Of: p.Of, Since: beating.began.UTC()})
	}
}

// numbersNews tells a workflow now and then how its rows stand while a batch takes long, as it does
// under limits: batches tell it at their end.
func (b *batch) numbersNews(ctx context.Context, lasts time.Duration) {
	if lasts >= newsEvery {
		b.tellNumbers(ctx, activity.GetInfo(ctx), lasts)
	}
}

// failureNumbers tells them when a batch has failed after it had written some of its rows: it may
// be long until it ends.
func (b *batch) failureNumbers(ctx context.Context) {
	if info := activity.GetInfo(ctx); info.Attempt == 1 || slices.Contains(toldAttempts, info.Attempt) {
		b.tellNumbers(ctx, info, time.Since(info.StartedTime))
	}
}

func (b *batch) tellNumbers(ctx context.Context, info activity.Info, lasts time.Duration) {
	s := hears(ctx, info)
	if s == nil || info.WorkflowType.Name != runs.ActivateAudienceType || !s.once("numbers of "+b.ref.Run, time.Now()) {
		return
	}
	if counted, err := b.o.Store.Counts(ctx, b.ref.Run); err == nil {
		s.send(ctx, info, News{Numbers: &counted, Since: time.Now().Add(-lasts).UTC()})
	}
}

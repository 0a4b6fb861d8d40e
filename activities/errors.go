package activities

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"audienceflow/activities/lease"
	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/columns"
	"audienceflow/store/destinations"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/validations"
)

// Types of the application errors that activities return. Dynamics' own are the classes of
// dynamics.Error.
const (
	ErrColumnUnusable    = "ColumnUnusable"
	ErrSourceUnusable    = "SourceUnusable"
	ErrColumnTaken       = "ColumnTaken"
	ErrOtherOrganization = "OtherOrganization"
	ErrRunsUnderWay      = "RunsUnderWay"
	ErrDisabled          = "DestinationDisabled"
	ErrDestinationPaused = "DestinationPaused"
	ErrNothingExported   = "NothingExported"
	ErrAttemptLost       = "AttemptLost"
	ErrContactsInFlight  = "ContactsInFlight"
	ErrStore             = "Store"
	ErrRunOver           = "RunOver"
	ErrAlert             = "Alert"
)

// jitterShare spreads the return of many batches that were told to come back at the same moment.
const jitterShare = 0.2

// translate is the one place where an error becomes a Temporal one: whether it is retried, when,
// and what people read. It gives nil for nil, and cancellation as it is.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || temporal.IsApplicationError(err) || temporal.IsCanceledError(err) {
		return err
	}
	var (
		remote  *dynamics.Error
		column  *dynamics.ColumnError
		source  *audience.SourceError
		taken   *columns.Taken
		other   *destinations.OtherOrganization
		changed *runlog.SourceChanged
		lost    *store.LostAttempt
		over    *runlog.RunOver
		damaged *sqldb.Damaged
		gone    *sqldb.Gone
	)
	switch {
	case errors.Is(err, lease.ErrOver):
		return later(ErrAttemptLost, lease.ErrOver.Error(), firstLook)
	case errors.As(err, &remote):
		return translateRemote(remote)
	case errors.As(err, &column):
		return final(ErrColumnUnusable, err)
	case errors.As(err, &source):
		return temporal.NewApplicationErrorWithOptions(source.Error(), ErrSourceUnusable, temporal.ApplicationErrorOptions{NonRetryable: !source.Temporary()})
	case errors.As(err, &taken):
		return final(ErrColumnTaken, err)
	case errors.As(err, &other):
		return final(ErrOtherOrganization, err)
	case errors.As(err, &changed):
		return final(ErrSourceUnusable, err)
	case vanished(err), errors.As(err, &damaged), errors.As(err, &gone):
		return final(ErrStore, err)
	case errors.As(err, &over):
		return final(ErrRunOver, err)
	case errors.As(err, &lost):
		return temporal.NewApplicationErrorWithOptions(err.Error(), ErrAttemptLost, temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
	}
	return temporal.NewApplicationErrorWithOptions(withoutWords(err), ErrStore, temporal.ApplicationErrorOptions{})
}

// looks is how often a step looks for what the store does not know before that is final.
const looks = 4

// lookAgain lets a step be tried again that has not found what it works on: an earlier attempt that
// is at work still, or another run, may have settled it a moment ago, which the next look takes for
// done.
func lookAgain(attempt int32, err error) error {
	if vanished(err) && attempt%looks != 0 {
		return later(ErrStore, err.Error(), firstLook)
	}
	return err
}

// vanished is true of an error that says that something is not in the store.
func vanished(err error) bool {
	return errors.Is(err, runlog.ErrNoRun) || errors.Is(err, numbers.ErrNoBatch) || errors.Is(err, validations.ErrNoValidation)
}

// withoutWords is the text of an error without what a database has said: its words may quote
// values.
func withoutWords(err error) string {
	var said interface {
		error
		SQLState() string
	}
	text := err.Error()
	if errors.As(err, &said) {
		text = strings.ReplaceAll(text, said.Error(), "the database refuses with code "+said.SQLState())
	}
	return text
}

// detailTime bounds the keeping of a failure's detail, which is no loss where the store cannot be
// reached.
const detailTime = 5 * time.Second

// keepSourceDetail keeps in the store, where the starter finds it, what a failure says in words of
// the run's source.
func (o Options) keepSourceDetail(ctx context.Context, run string, err error) {
	var source *audience.SourceError
	if errors.As(err, &source) {
		o.keepDetail(ctx, run, source.Detail)
	}
}

func (o Options) keepDetail(ctx context.Context, run, detail string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), detailTime)
	defer cancel()
	_ = o.Store.SetFailureDetail(ctx, run, detail)
}

func translateRemote(e *dynamics.Error) error {
	o := temporal.ApplicationErrorOptions{NonRetryable: !e.Temporary()}
	if e.RetryAfter > 0 {
		o.NextRetryDelay = e.RetryAfter + time.Duration(rand.Float64()*jitterShare*float64(e.RetryAfter))
	}
	if e.Throttled() {
		o.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Class()), o)
}

// final is an error that trying again cannot mend.
func final(kind string, err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind, temporal.ApplicationErrorOptions{NonRetryable: true})
}

// later asks to be called again after a while, without that counting as a failure.
func later(kind, message string, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(message, kind, temporal.ApplicationErrorOptions{
		NextRetryDelay: delay, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

package activities

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/store"
)

// Types of the application errors that activities return. Dynamics' own are the classes of dynamics.Error.
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
	ErrAlert             = "Alert"
)

// jitterShare spreads the return of many batches that were told to come back at the same moment.
const jitterShare = 0.2

// translate is the one place where an error becomes a Temporal one: whether it is retried, when, and what people read.
// It gives nil for nil, and cancellation as it is.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || temporal.IsApplicationError(err) || temporal.IsCanceledError(err) {
		return err
	}
	var (
		remote  *dynamics.Error
		column  *dynamics.ColumnError
		source  *audience.SourceError
		taken   *store.ColumnTaken
		other   *store.OtherOrganization
		changed *store.SourceChanged
		lost    *store.LostAttempt
	)
	switch {
	case errors.Is(err, errLeaseOver):
		return later(ErrAttemptLost, errLeaseOver.Error(), firstLook)
	case errors.As(err, &remote):
		return translateRemote(remote)
	case errors.As(err, &column):
		return final(ErrColumnUnusable, err)
	case errors.As(err, &source):
		return temporal.NewApplicationErrorWithOptions(err.Error(), ErrSourceUnusable, temporal.ApplicationErrorOptions{NonRetryable: !source.Temporary()})
	case errors.As(err, &taken):
		return final(ErrColumnTaken, err)
	case errors.As(err, &other):
		return final(ErrOtherOrganization, err)
	case errors.As(err, &changed):
		return final(ErrSourceUnusable, err)
	case errors.Is(err, store.ErrNoRun), errors.Is(err, store.ErrNoBatch), errors.Is(err, store.ErrNoValidation):
		return final(ErrStore, err)
	case errors.As(err, &lost):
		return temporal.NewApplicationErrorWithOptions(err.Error(), ErrAttemptLost, temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), ErrStore, temporal.ApplicationErrorOptions{})
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

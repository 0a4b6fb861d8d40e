package host

import (
	"context"
	"errors"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store/destinations"
)

const (
	// askRest is how long an answer to "which organization is this" is good for a probe: each costs
	// a request of the limits.
	askRest = 10 * time.Second
	// askTime is how long a probe waits for it, behind all that is being sent.
	askTime = time.Second
)

// bindings knows which organization the ledgers of a destination are about.
type bindings interface {
	CheckEnvironment(ctx context.Context, destination string, now destinations.Environment) (destinations.Environment, error)
}

// boundTo gives a function that says where another organization answers than the ledgers are about.
// Silence is not its concern: an outage passes by itself. It is called by one caller at a time.
func boundTo(destination string, remote *dynamics.Client, bindings bindings) func(context.Context) error {
	var asked time.Time
	var other *destinations.OtherOrganization
	return func(ctx context.Context) error {
		if asked.IsZero() || time.Since(asked) >= askRest {
			asked = time.Now()
			ctx, cancel := context.WithTimeout(ctx, askTime)
			defer cancel()
			if who, err := remote.WhoAmI(ctx); err == nil {
				now := destinations.Environment{Organization: who.OrganizationID, Address: remote.Host()}
				_, err = bindings.CheckEnvironment(ctx, destination, now)
				if err == nil {
					other = nil
				}
				errors.As(err, &other)
			}
		}
		if other == nil {
			return nil
		}
		return other
	}
}

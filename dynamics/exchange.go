package dynamics

import (
	"context"
	"time"
)

// Exchange is one request and how it ended, for whoever measures. Nothing of it names a contact or
// is secret.
type Exchange struct {
	// Kind is what the request was for, one of a few: "update contacts", "sign in".
	Kind string
	// Method and Host are the request's; of its path and query nothing is told: they hold ids.
	Method, Host string
	// Rows is how many contacts it was about.
	Rows int
	// Status is the HTTP status of its answer; 0 where there was none.
	Status int
	// Code is that of the Error it ended with, empty where it succeeded or there is none.
	Code string
	// RequestID is the id under which Microsoft's support finds it; may be empty.
	RequestID string
	// Took is the time from the moment when it could be sent until its answer was read.
	Took time.Duration
}

// begin tells Config.Trace of a request that may be sent now. What it gives back tells Trace and
// Config.Observe how it ended.
func (c *Client) begin(ctx context.Context, x Exchange) (context.Context, func(status int, err *Error)) {
	began, traced := time.Now(), func(Exchange) {}
	if c.cfg.Trace != nil {
		ctx, traced = c.cfg.Trace(ctx, x)
	}
	return ctx, func(status int, err *Error) {
		x.Status, x.Took = status, time.Since(began)
		if err != nil {
			x.Code, x.RequestID = err.Code, err.RequestID
		}
		if c.cfg.Observe != nil {
			c.cfg.Observe(x)
		}
		traced(x)
	}
}
